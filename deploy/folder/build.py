"""Make a folder that runs without Python, and try it.

    python deploy/folder/build.py OUT

The same command on Linux, Windows and Mac: PyInstaller makes a folder for the system that it runs on.
It needs Python 3.11 or newer and, on Debian, ``binutils`` and ``libpython3.11``; OUT then contains the
folder ``thomas-test``. The extra ``heic`` is left out (see ``THIRD_PARTY.md``).
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.request import Request, urlopen

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
PHOTO: Final = ROOT / "sample_images" / "left-near-1.jpg"
FORM: Final = {"Content-Type": "multipart/form-data; boundary=x"}
PART: Final = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="p"\r\n\r\n%s\r\n--x--\r\n'
)
LEFT_OUT: Final = re.compile("heif|x265|de265")
WINDOWS: Final = sys.platform == "win32"


def main(out: Path) -> None:
    """Build and try."""
    with tempfile.TemporaryDirectory() as work:
        program = build(out.resolve(), Path(work))
    try_out(program)
    files = (one.lstat() for one in program.parent.rglob("*") if not one.is_dir())
    megabytes = sum(one.st_size for one in files) / 1e6
    print(f"{program}: works, {megabytes:.0f} MB")


def build(out: Path, work: Path) -> Path:
    """Return the program in the folder that PyInstaller makes of a fresh environment."""
    builder = venv.EnvBuilder(with_pip=True, symlinks=not WINDOWS)
    builder.create(work / "venv")
    python = work / "venv" / ("Scripts/python.exe" if WINDOWS else "bin/python")
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", ROOT, "pyinstaller"], check=True)
    subprocess.run(
        [python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--distpath", out,
         "--workpath", work / "made", HERE / "thomas-test.spec"],
        check=True,
    )  # fmt: skip
    return out / "thomas-test" / ("thomas-test.exe" if WINDOWS else "thomas-test")


def try_out(program: Path) -> None:
    """Check the installation, measure a photo, and use the page, all without Python at hand."""
    extra = [one.name for one in program.parent.rglob("*") if LEFT_OUT.search(one.name)]
    assert not extra, f"not to be handed on: {extra}"
    subprocess.run([program, "doctor"], check=True, env=_bare())
    command: list[str | Path] = [program, "measure", "--json", PHOTO]
    run = subprocess.run(command, check=True, env=_bare(), capture_output=True, text=True)
    thigh = json.loads(run.stdout)["thigh_deg"]["value"]
    with _page(program) as address:
        with urlopen(address, timeout=30) as answer:
            assert b"<h1" in answer.read()
        body = PART % PHOTO.read_bytes()
        with urlopen(Request(f"{address}v1/measure", body, FORM), timeout=120) as answer:
            assert json.load(answer)["thigh_deg"]["value"] == thigh


@contextmanager
def _page(program: Path) -> Iterator[str]:
    """Open the program as by a double click, and yield the address of the page."""
    browser = {"BROWSER": f'"{sys.executable}" -c pass %s'}
    with subprocess.Popen(
        [program], env=_bare() | browser, stderr=subprocess.PIPE, text=True
    ) as one:
        assert one.stderr is not None
        try:
            yield _address(one.stderr)
        finally:
            one.terminate() if WINDOWS else one.send_signal(signal.SIGINT)
            one.communicate(timeout=60)


def _address(said: IO[str]) -> str:
    for line in said:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found[0]
    raise AssertionError("The program ended before it served.")


def _bare() -> dict[str, str]:
    """Return the environment without what points to a Python."""
    return {name: value for name, value in os.environ.items() if "PYTHON" not in name}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python deploy/folder/build.py OUT")
    main(Path(sys.argv[1]))
