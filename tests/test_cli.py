"""The command line as people and scripts meet it: streams, exit codes, names, and JSON."""

import json
import os
import resource
import shutil
import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from app.batch import photo_files
from app.results.schemas import ErrorOut, MeasurementOut

SCRIPT = Path(sysconfig.get_path("scripts")) / "thomas-test"
HELP_SECONDS = 1.0
"""Of processor time; it takes about 0.2 s."""
Run = subprocess.CompletedProcess[str]


def thomas(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> Run:
    return subprocess.run(
        [SCRIPT, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )


def no_constant(name: str) -> Any:
    pytest.fail(f"{name} is not JSON")


def lines(run: Run) -> list[dict[str, Any]]:
    """Every line of stdout, each of which must be one strict JSON object."""
    return [json.loads(line, parse_constant=no_constant) for line in run.stdout.splitlines()]


@pytest.fixture
def near(sample_images: Path) -> Path:
    return sample_images / "left-near-1.jpg"


@pytest.fixture
def refused(sample_images: Path) -> Path:
    return sample_images / "refused" / "cropped-above-knee.jpg"


# --- measuring -------------------------------------------------------------------------


def test_json_of_good_refused_and_bad_photos(near: Path, refused: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk.jpg"
    junk.write_bytes(b"not a photo")
    run = thomas("measure", junk, near, tmp_path / "nowhere.jpg", refused, "--json")
    assert run.returncode == 1
    bad, good, missing, no_test = lines(run)
    assert [next(iter(one)) for one in (bad, good, missing, no_test)] == ["path"] * 4
    assert bad["error"]["code"] == "not_an_image"
    assert bad["error"]["advice"]
    assert missing["error"]["code"] == "file_not_found"
    assert set(missing) == {"path", "error"}
    assert good["path"] == str(near)
    assert good["measurable"]
    assert good["tested_leg"]["side"] == "left"
    assert not no_test["measurable"]
    assert no_test["thigh_deg"] is None
    assert any(flag["blocking"] and flag["advice"] for flag in no_test["flags"])
    assert run.stderr == "", "nothing to say beside the results"
    for one in (good, no_test):
        same = MeasurementOut.model_validate({k: v for k, v in one.items() if k != "path"})
        line = json.dumps(one, ensure_ascii=False, separators=(",", ":"))
        # The same bytes as over HTTP, after the path.
        assert line.endswith(same.model_dump_json()[1:])
        assert line in run.stdout


def test_table_of_a_folder(near: Path, refused: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my photos"
    folder.mkdir()
    shutil.copy(near, folder / "a näme with\nnewline [red].JPG")
    shutil.copy(refused, folder / "refused.jpg")
    (folder / "broken.jpeg").write_bytes(b"no")
    (folder / "notes.txt").write_text("not a photo")
    (folder / "._hidden.jpg").write_bytes(b"no")
    (folder / "old.overlay.jpg").write_bytes(b"no")
    run = thomas("measure", folder.name, "--fast", "--level=-1.5", cwd=tmp_path, COLUMNS="300")
    assert run.returncode == 1
    lines = run.stdout.splitlines()
    assert lines[0].strip() == "Photos in my photos/"
    rows = [next(line for line in lines if name in line) for name in ("näme", "broken", "refused")]
    assert "a näme with\\nnewline [red].JPG" in rows[0]
    assert "left (near)" in rows[0]
    assert rows[0].count("±") == 3
    assert "error" in rows[1]
    assert "not measurable" in rows[2]
    text = " ".join(run.stdout.split())
    assert "level_assumed" not in text
    assert "Send a photo: JPEG, PNG, WebP, HEIC or TIFF." in text
    assert "Take the photo again" in text or "Step back" in text
    for unwanted in ("notes", "hidden", "old.overlay", "medical device"):
        assert unwanted not in run.stdout
    assert "1 of 3 measured" in run.stderr
    assert "not a medical device" in run.stderr


def test_overlays_never_collide_nor_touch_an_input(near: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    one, two, odd = tmp_path / "1" / "a.jpg", tmp_path / "2" / "A.jpg", out / "a.overlay.jpg"
    for path in (one, two, odd):
        path.parent.mkdir(exist_ok=True)
        shutil.copy(near, path)
    run = thomas("measure", one, two, odd, "--fast", "--json", "--overlay", out)
    assert run.returncode == 0, run.stderr
    assert len(lines(run)) == 3
    assert sorted(path.name for path in out.iterdir()) == [
        "A-3.overlay.jpg",
        "a-2.overlay.jpg",
        "a.overlay.jpg",
        "a.overlay.overlay.jpg",
    ]
    assert odd.read_bytes() == near.read_bytes()
    assert (out / "a-2.overlay.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert (out / "a-2.overlay.jpg").read_bytes() != near.read_bytes()


def test_one_good_photo_is_exit_code_0_and_one_refused_is_3(near: Path, refused: Path) -> None:
    good = thomas("measure", near.name, "--fast", "--leg", "left", "--json", cwd=near.parent)
    assert good.returncode == 0
    assert lines(good)[0]["path"] == near.name
    assert lines(good)[0]["tested_leg"]["source"] == "given"
    none = thomas("measure", refused)
    assert none.returncode == 3
    assert "not measurable" in none.stdout


def test_names_that_are_not_utf8(near: Path, tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/bad\xff.jpg")
    try:
        shutil.copy(near, name)
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    run = thomas("measure", name, "--fast", "--json")
    assert run.returncode == 0
    assert lines(run)[0]["path"].endswith("bad\\xff.jpg")
    assert thomas("measure", f"{name}x").returncode == 3


# --- what goes wrong -------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("measure",),
        ("measure", "x.jpg", "--leg", "middle"),
        ("measure", "x.jpg", "--level", "nan"),
        ("measure", "x.jpg", "--level", "46"),
        ("measure", "x.jpg", "--level", "much"),
        ("measure", "x.jpg", "--criteria", "nobody"),
        ("measure", "x.jpg", "--show-face"),
        ("measure", "x.jpg", "--overlay", __file__),
        ("serve", "--port", "70000"),
        ("dance",),
    ],
    ids=lambda arguments: " ".join(arguments[-2:]) or "nothing",
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    run = thomas(*arguments)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert run.stderr if arguments else run.stdout + run.stderr


def test_a_wrong_setting_is_wrong_usage() -> None:
    run = thomas("serve", THOMAS_PORT="many")
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_paths_that_are_no_photos(tmp_path: Path) -> None:
    expected = {
        "*.jpg": "file_not_found",
        "": "file_not_found",
        f"{__file__}/x.jpg": "file_not_found",
        "--help": "file_not_found",
        "x" * 5000: "file_not_readable",
        "/dev/zero": "file_not_readable",
        ".": "no_photos",
    }
    run = thomas("measure", "--json", "--", *expected, cwd=tmp_path)
    assert run.returncode == 3
    assert {one["path"]: one["error"]["code"] for one in lines(run)} == expected
    for one in lines(run):
        assert one["error"]["advice"] == photo_files.FILE_ERRORS[one["error"]["code"]]
    assert run.stderr == ""


def test_a_bug_in_one_photo_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, **_: object) -> None:
        raise ZeroDivisionError(path)

    monkeypatch.setattr(photo_files, "measure", broken)
    rows = list(photo_files.measure_all([(__file__, None), (__file__, None)], {}))
    assert [one.code for _, one in rows if isinstance(one, ErrorOut)] == ["internal_error"] * 2


def test_a_full_disk_is_told_without_a_traceback(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("w") as sink:
        run = subprocess.run(
            [SCRIPT, "measure", "nowhere.jpg", "--json"],
            stdout=sink, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
    assert run.returncode == 1
    assert "Stopped" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_overlay_that_cannot_be_written_keeps_the_result(tmp_path: Path) -> None:
    overlays = photo_files.Overlays(tmp_path / "gone", [])
    overlays.write("x.jpg", None)  # type: ignore[arg-type]  # nothing that could be drawn
    assert [path for path, _ in overlays.failures] == ["x.jpg"]


# --- the other commands ----------------------------------------------------------------


def test_help_and_version_answer_at_once() -> None:
    """By processor time: a busy machine is slow whatever is asked of it."""
    for option in ("--help", "--version"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = thomas(option)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run.returncode == 0
        spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert spent_s < HELP_SECONDS
    assert run.stdout == f"thomas-test {version('thomas-test')}\n"


def test_help_names_every_command_and_option() -> None:
    assert {"measure", "serve", "criteria", "doctor"} <= set(thomas("--help").stdout.split())
    words = thomas("measure", "--help").stdout.split()
    options = "--leg --level --criteria --fast --json --overlay --show-face"
    assert set(options.split()) <= set(words)


def test_criteria_lists_every_rule_set() -> None:
    text, data = thomas("criteria"), thomas("criteria", "--json")
    assert lines(data)[0]["id"] == "guide"
    for one in lines(data):
        assert one["id"] in text.stdout
        assert one["citation"] in text.stdout


def test_old_terminals_get_something_readable() -> None:
    run = thomas("measure", "nowhere.jpg", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert run.returncode == 3
    assert run.stdout.isascii()
    assert "file_not_found" in run.stdout
