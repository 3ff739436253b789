"""What a running service leaves behind: nothing on disk, nothing in the log, nothing sent on.

One real service, traced with all its workers, is asked for everything it can answer, with a
photo, a file name and notes that name a person; then its files, log and calls are searched.
"""

import base64
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from http_support import SAMPLES, client, until
from test_no_network import may_trace, strace, written
from vision.measurement import measure
from vision.overlay import draw_overlay, plain_picture
from vision.pose import FACE

SAMPLE = SAMPLES / "left-near-1.jpg"
NAME = "Mustermann"
"""Of the person: in the file's name, in its EXIF, in the notes, in the address."""
LATITUDE = 48.137154
ANSWERS = ("application/json", "image/png", "text/html", "application/fhir+json")
INTERNET = re.compile(r"sin6?_port=htons\((\d+)\)")


@dataclass
class Ran:
    """What is left of a service that has ended."""

    home: Path
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    log: str = ""
    calls: list[str] = field(default_factory=list)
    exit_code: int | None = None
    port: int = 0


@pytest.fixture
def calls(ran: Ran) -> list[str]:
    if not ran.calls:
        pytest.skip("strace is not installed, or may not trace here")
    return ran.calls


NO_DUMP = "from app.processes import keep_no_core_dump; keep_no_core_dump()"
"""As the service begins; from then on only root reads the names it uses."""


def named_photo() -> bytes:
    """A sample with what a phone adds: who, where, when, and a colour profile."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = NAME
    exif[0x0132] = "2026:11:24 12:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 13.75), 3: "E", 4: (11.0, 34.0, 31.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    buffer = io.BytesIO()
    with Image.open(SAMPLE) as image:
        image.save(buffer, "JPEG", quality=95, exif=exif.tobytes(), icc_profile=profile)
    return buffer.getvalue()


def ask_for_everything(address: str, ran: Ran) -> None:
    """Go through every door, well and badly."""
    photo = named_photo()
    with client(address) as http:
        until(lambda: http.get("/readyz").status_code == 200, 60)
        files = {"file": (f"{NAME}.jpg", photo)}
        for accept in ANSWERS:
            said = {"notes": f"{NAME}, by car"}
            headers = {"Accept": accept}
            ran.answers[accept] = http.post("/v1/measure", files=files, data=said, headers=headers)
        ran.answers["page"] = http.post("/", files=files)
        both = {"left": (f"{NAME}.jpg", photo)}
        for accept in ("text/html", "application/json"):
            ran.answers[f"examination {accept}"] = http.post(
                "/v1/examinations", files=both, data={"subject": NAME}, headers={"Accept": accept}
            )
        bad = {"file": (f"{NAME}.jpg", photo[: len(photo) // 2])}
        ran.answers["bad"] = http.post("/v1/measure", files=bad)
        ran.answers["bad page"] = http.post("/", files={"file": (f"{NAME}.gif", b"GIF89a")})
        http.post("/v1/measure", files=files, data={NAME: NAME})
        http.get(f"/{NAME}?name={NAME}", headers={"User-Agent": NAME, "Referer": f"http://{NAME}/"})
        http.post("/v1/score", json={"points": NAME})


def stop_in_the_middle(address: str, server: int) -> int:
    """Ask the service to end while it measures; return that request's status."""
    with ThreadPoolExecutor(1) as pool, client(address) as http:
        files = {"left": ("a.jpg", SAMPLE.read_bytes()), "right": ("b.jpg", SAMPLE.read_bytes())}
        asked = pool.submit(http.post, "/v1/examinations", files=files)
        threading.Event().wait(0.3)
        os.kill(server, signal.SIGTERM)
        # Two photos of the same leg: refused, and that is an answer.
        return asked.result(60).status_code


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("privacy")
    home, log = folder / "home", folder / "calls"
    tracing = strace(log) if may_trace(folder, NO_DUMP) else ()
    home.mkdir()
    found = Ran(home)
    environment = {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(home / "absent"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "THOMAS_WORKERS": "1",
    }
    program = "from app.cli import main; main()"
    process = subprocess.Popen(
        [*tracing, sys.executable, "-c", program, "serve", "--port", "0"],
        env=environment, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
    reader.start()
    try:
        until(lambda: "http://" in "".join(lines) or process.poll() is not None, 60)
        address = re.findall(r"http://\S+:\d+", "".join(lines))[0]
        server = int(re.findall(r"server process \[(\d+)\]", "".join(lines))[0])
        ask_for_everything(address, found)
        found.port = int(address.rpartition(":")[2])
        assert stop_in_the_middle(address, server) in (200, 422)
        found.exit_code = process.wait(60)
    finally:
        process.kill()
        reader.join(20)
        process.stdout.close()
    found.log = "".join(lines)
    if tracing:
        found.calls = log.read_text("utf-8", "replace").splitlines()
    yield found
    shutil.rmtree(folder)


def test_it_answered_and_ended_in_order(ran: Ran) -> None:
    codes = {name: answer.status_code for name, answer in ran.answers.items()}
    assert {name for name, code in codes.items() if code == 200} == codes.keys() - {
        "bad",
        "bad page",
    }
    assert ran.exit_code in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def test_no_file_is_left(ran: Ran) -> None:
    assert list(ran.home.rglob("*")) == []


def test_no_file_is_written_by_server_or_workers(calls: list[str]) -> None:
    assert any(".task" in call for call in calls), "the workers were traced"
    assert written(calls) == set()
    # Locks between server and worker are 32 bytes of shared memory, unlinked at once.
    shared = {call for call in calls if "/dev/shm/" in call and "O_CREAT" in call}
    assert all(re.search(r'"/dev/shm/(sem\.)?\w+"', call) for call in shared)
    others = [call for call in calls if re.search(r"\b(mkdir|rename|symlink)\w*\(", call)]
    assert others == []


def test_no_other_program_is_run(calls: list[str]) -> None:
    programs = {match[1] for call in calls if (match := re.search(r'execve\("([^"]*)"', call))}
    assert {Path(one).resolve() for one in programs} == {Path(sys.executable).resolve()}


def test_only_the_service_port_is_spoken_through(calls: list[str]) -> None:
    assert [call for call in calls if "connect(" in call and INTERNET.search(call)] == []
    bound = [call for call in calls if re.search(r"\bbind\(", call) and "sin" in call]
    assert all("127.0.0.1" in call for call in bound)
    assert len([call for call in bound if "AF_INET" in call]) == 1
    server = bound[0].split()[0]
    internet = {call.split()[0] for call in calls if re.search(r"socket\(AF_INET", call)}
    assert internet == {server}, "no worker opens a socket"


def test_the_log_identifies_nobody(ran: Ran) -> None:
    assert "POST /v1/measure 200" in ran.log
    assert NAME not in ran.log
    assert "Traceback" not in ran.log
    # Clock, duration and random id are digits that may look like a place by chance.
    said = re.sub(r'"(time|duration_ms|request_id)": ("[^"]*"|[\d.]+)', "", ran.log)
    assert not re.search(r"48\.1|13\.75|11\.5", said), "where it was taken"


def pictures(answer: httpx.Response) -> list[bytes]:
    """The picture that an answer is, or those that it holds, downloads inside included."""
    if answer.headers["content-type"].startswith("image/"):
        return [answer.content]
    found = []
    for kind, data in re.findall(r"data:([\w/+]+)[^,\"]*,([\w+/=]+)", answer.text):
        content = base64.b64decode(data)
        if kind.startswith("image/"):
            found.append(content)
        elif kind == "text/html":
            found += [
                base64.b64decode(one)
                for one in re.findall(rb"data:image/jpeg;base64,([\w+/=]+)", content)
            ]
    return found


SHOWN = ("image/png", "text/html", "page", "examination text/html")


@pytest.mark.parametrize("name", SHOWN)
def test_pictures_carry_nothing_but_pixels(ran: Ran, name: str) -> None:
    found = pictures(ran.answers[name])
    assert found
    for data in found:
        assert NAME.encode() not in data
        with Image.open(io.BytesIO(data)) as image:
            assert not image.getexif()
            assert not {"icc_profile", "exif", "xmp", "comment", "photoshop"} & set(image.info)
            assert not getattr(image, "text", None)


@pytest.fixture(scope="module")
def face() -> tuple[NDArray[np.bool_], list[NDArray[np.uint8]], list[NDArray[np.uint8]]]:
    """Where the face is, and every way to draw the sample with it hidden, and shown."""
    result = measure(named_photo())
    points = np.vstack(
        [one.points_px[list(FACE)] for look in result.pose.passes for one in look.people]
    )
    centre, spread = points.mean(axis=0), np.linalg.norm(points - points.mean(axis=0), axis=1)
    y, x = np.indices(result.photo.pixels.shape[:2])
    near = np.hypot(x - centre[0], y - centre[1]) < max(8.0, float(np.median(spread)))
    ways = (draw_overlay, plain_picture)
    return (
        near,
        [way(result) for way in ways],
        [way(result, show_face=True) for way in ways],
    )


@pytest.mark.parametrize("name", SHOWN)
def test_faces_are_hidden_in_every_picture(
    ran: Ran,
    name: str,
    face: tuple[NDArray[np.bool_], list[NDArray[np.uint8]], list[NDArray[np.uint8]]],
) -> None:
    near, hidden, open_ = face

    def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
        return float(np.abs(one.astype(float) - other.astype(float))[near].mean())

    assert min(difference(*pair) for pair in zip(hidden, open_, strict=True)) > 4
    for data in pictures(ran.answers[name]):
        drawn = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        unlike_hidden = min(difference(drawn, one) for one in hidden)
        unlike_open = min(difference(drawn, one) for one in open_)
        assert 3 * unlike_hidden < unlike_open


def test_no_answer_may_be_kept(ran: Ran) -> None:
    assert {answer.headers["cache-control"] for answer in ran.answers.values()} == {"no-store"}


def test_answers_say_no_more_of_the_file_than_they_must(ran: Ran) -> None:
    """A reading names neither file nor place; the page shows its sender the name he typed."""
    for name in ("application/json", "application/fhir+json"):
        text = ran.answers[name].text.replace(f"{NAME}, by car", "")
        text = re.sub(r'"elapsed_ms": ?[\d.]+', "", text)  # may be 748.1 by chance
        assert NAME not in text
        assert "48.1" not in text
