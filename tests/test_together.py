"""Several photos of one set-up, and clips of it, as one reading."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from phone_files import scene
from stick_figure import FakeEstimator, StickFigure, marked_picture, measure_people
from vision.angles import Angle, Reading, reading_by_hand
from vision.clips import MIN_HOLD_S, shift, steady_frames
from vision.errors import FileTooLarge, InvalidOption, MismatchedPhotos, UnusableClip
from vision.repeats import FRAME_SHARE, OUTLIER_SIGMAS, SETUP_SHARE, outliers
from vision.together import join_measured, measure_together

GOOD = StickFigure()
FPS = 20


def measured(thigh_deg: float, **options: Any) -> Any:
    figure = replace(GOOD, thigh_deg=thigh_deg, knee_deg=GOOD.knee_deg)
    return measure_people([figure.person()], **options)


def test_photos_of_one_set_up_are_one_reading() -> None:
    result = join_measured([measured(-4.0), measured(-2.0), measured(-3.0)])
    assert result.repeats is not None
    assert result.reading is not None
    assert result.reading.thigh.value_deg == pytest.approx(-3.0, abs=0.01)
    assert result.repeats.n == 3
    assert result.reading.thigh.sigma_deg < measured(-3.0).reading.thigh.sigma_deg
    assert result.repeats.left_out_sha256 == ()


def test_the_joined_reading_is_what_is_judged() -> None:
    first = measured(4.5)
    result = join_measured([first, measured(5.0), measured(5.0), measured(5.0)])
    assert first.interpretation.verdict == "borderline"
    assert result.interpretation.verdict == "fail"  # four are more certain than one
    assert result.interpretation.rules == first.interpretation.rules


def test_an_outlier_is_left_out_and_named() -> None:
    result = join_measured([measured(-4.0), measured(25.0), measured(-3.0)])
    assert result.repeats is not None
    assert result.reading is not None
    assert result.repeats.n == 2
    assert len(result.repeats.left_out_sha256) == 1
    assert result.reading.thigh.value_deg == pytest.approx(-3.5, abs=0.01)
    assert result.quality.raised("photo_left_out")


def test_a_photo_given_twice_tells_no_more_than_once() -> None:
    once, twice = measured(-4.0), join_measured([measured(-4.0), measured(-4.0)])
    assert twice.repeats is None
    assert twice.reading == once.reading
    assert [flag.kind.code for flag in twice.quality.flags] == [
        *(flag.kind.code for flag in once.quality.flags),
        "photo_repeated",
    ]
    two = join_measured([measured(-4.0), measured(-3.0)])
    padded = join_measured([measured(-4.0), measured(-3.0), measured(-4.0), measured(-4.0)])
    assert padded.reading == two.reading
    assert padded.repeats == two.repeats


def readings(*thighs: float) -> list[Reading]:
    return [reading_by_hand(Angle(deg, 2.0, 0.0), Angle(85.0, 2.0, 0.0)) for deg in thighs]


def test_the_rule_for_outliers() -> None:
    # Of three: the two others' median has pi / 4 of one's variance.
    limit = OUTLIER_SIGMAS * 2.0 * (SETUP_SHARE["thigh"] * (1 + np.pi / 4)) ** 0.5
    assert outliers(readings(0.0, 0.0, 0.99 * limit)) == ()
    assert outliers(readings(0.0, 0.0, 1.01 * limit)) == (2,)
    assert outliers(readings(1.01 * limit, 0.0, 0.0)) == (0,)
    thighs = readings(0.0, 0.0, 0.0)
    bent = replace(thighs[1], knee_flexion=Angle(85.0 + 1.01 * limit, 2.0, 0.0))
    assert outliers([thighs[0], bent, thighs[2]]) == (1,)
    assert outliers(readings(0.0, 90.0)) == ()  # which of two is wrong cannot be known
    assert len(outliers(readings(0.0, 40.0, 80.0, -40.0))) <= 1  # never more than a minority


def test_frames_of_a_clip_average_out_less_than_photos_from_several_places() -> None:
    apart = [measured(1.0), measured(1.001), measured(0.999)]
    photos, frames = join_measured(apart), join_measured(apart, FRAME_SHARE)
    single = apart[0].reading.thigh.sigma_deg
    assert photos.reading is not None
    assert frames.reading is not None
    assert photos.reading.thigh.sigma_deg < frames.reading.thigh.sigma_deg < single


def test_two_legs_are_not_one_set_up() -> None:
    with pytest.raises(MismatchedPhotos, match=r"^The photos of one set-up show different legs"):
        join_measured([measured(0.0, leg="left"), measured(0.0, leg="right")])


def test_one_photo_or_six_cannot_be_joined() -> None:
    estimator = FakeEstimator((900, 700), [GOOD.person()])
    for count in (1, 6):
        with pytest.raises(InvalidOption, match=f"There are {count} photos"):
            measure_together([marked_picture()] * count, estimator=estimator)


# --- clips --------------------------------------------------------------------------------------


def clip(path: Path, offsets: list[float], *, seed: int = 0) -> Path:
    """A camera that pans over a picture: at each frame so many pixels further right."""
    wide = scene(900, 240, seed)
    rng = np.random.default_rng(seed)
    kind = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), kind, FPS, (320, 240))
    for offset in offsets:
        turn = np.array([[1.0, 0.0, -offset], [0.0, 1.0, 0.0]])
        frame = np.asarray(cv2.warpAffine(wide, turn, (320, 240)), np.float64)
        noisy = np.clip(frame + rng.normal(0, 2, frame.shape), 0, 255).astype(np.uint8)
        writer.write(noisy)
    writer.release()
    return path


def pan(seconds: float, start: float, speed: float = 60.0) -> list[float]:
    return [start + speed * frame / FPS for frame in range(round(seconds * FPS))]


def still(seconds: float, at: float) -> list[float]:
    return [at] * round(seconds * FPS)


def test_the_steady_frames_of_a_clip_are_found(tmp_path: Path) -> None:
    path = clip(tmp_path / "clip.mp4", [*pan(1.5, 0), *still(2.5, 90), *pan(1, 90)])
    frames = steady_frames(path)
    assert 2 <= len(frames) <= 5
    wanted = cv2.cvtColor(np.ascontiguousarray(scene(900, 240)[:, 90:410]), cv2.COLOR_BGR2RGB)
    for frame in frames:
        assert frame.shape == (240, 320, 3)
        assert np.abs(frame.astype(int) - wanted.astype(int)).mean() < 6


@pytest.mark.parametrize(
    "offsets",
    [pan(4, 0), pan(6, 0, speed=12.0), [*pan(1, 0), *still(0.8 * MIN_HOLD_S, 60), *pan(1, 60)]],
)
def test_a_clip_without_a_hold_is_refused(tmp_path: Path, offsets: list[float]) -> None:
    with pytest.raises(UnusableClip, match=r"^The clip has no moment without movement\.$"):
        steady_frames(clip(tmp_path / "clip.mp4", offsets))


def test_a_clip_that_is_too_long_or_no_clip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableClip, match=r"^The clip is longer than 20 s\.$"):
        steady_frames(clip(tmp_path / "clip.mp4", still(20.5, 0)))
    (tmp_path / "text.mov").write_bytes(b"\0\0\0\x14ftypqt  " + b"not a film" * 99)
    with pytest.raises(UnusableClip, match=r"^The clip cannot be decoded\.$"):
        steady_frames(tmp_path / "text.mov")
    with pytest.raises(FileNotFoundError):
        steady_frames(tmp_path / "nothing.mp4")


def test_the_limit_of_bytes_is_checked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.clips.MAX_CLIP_BYTES", 10)
    (tmp_path / "clip.mp4").write_bytes(bytes(11))
    with pytest.raises(FileTooLarge):
        steady_frames(tmp_path / "clip.mp4")


@pytest.mark.parametrize("moved", [0.0, 0.5, 1.0, 2.0])
def test_shift_is_measured_in_shares_of_the_width(moved: float) -> None:
    wide = np.asarray(cv2.GaussianBlur(scene(400, 240), (0, 0), 6), np.float32)[:, :, 0]
    turn = np.array([[1.0, 0.0, -moved], [0.0, 1.0, 0.0]])
    one = np.ascontiguousarray(wide[:, 40:360])
    two = np.ascontiguousarray(np.asarray(cv2.warpAffine(wide, turn, (400, 240)))[:, 40:360])
    brighter: NDArray[np.float32] = np.asarray(two + 10, np.float32)
    # The mean over all directions of the gradient: 2 / pi of a shift across it.
    assert shift(one, brighter) * 320 == pytest.approx(moved * 2 / np.pi, abs=0.15 * moved + 0.02)


# --- at the door --------------------------------------------------------------------------------


def test_the_command_joins_photos(sample_images: Path, tmp_path: Path) -> None:
    from app.cli import cli

    photo, other = sample_images / "right-near-2.jpg", tmp_path / "other.png"
    cv2.imwrite(str(other), np.asarray(cv2.imread(str(photo))))
    together = ["measure", "--together", "--json", "--fast"]
    run = CliRunner().invoke(cli, [*together, str(photo), str(other), str(photo)])
    lines = run.stdout.splitlines()
    assert (run.exit_code, len(lines)) == (0, 1)
    told = json.loads(lines[0])
    assert told["repeats"]["n"] == 2  # the third is the first again
    assert told["repeats"]["thigh_deg"]["sd"] < 0.2
    assert "photo_repeated" in [flag["code"] for flag in told["flags"]]
    lonely = CliRunner().invoke(cli, ["measure", "--together", "--json", str(photo)])
    assert json.loads(lonely.stdout)["error"]["code"] == "invalid_option"


def test_the_command_refuses_a_clip_without_a_hold(tmp_path: Path) -> None:
    from app.cli import cli

    path = clip(tmp_path / "clip.mp4", pan(3, 0))
    run = CliRunner().invoke(cli, ["measure", "--together", "--json", str(path)])
    assert run.exit_code == 3
    assert json.loads(run.stdout)["error"]["code"] == "unusable_clip"
