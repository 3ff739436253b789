"""Short clips: find the frames in which phone and person are still.

A clip is read twice, frame by frame, and never loaded as a whole. In the first run, a frame from
each tenth of a second is reduced to a small grey picture, and its shift to the next is measured: by
the optical flow constraint abs(dI) = abs(grad I) v, the mean change divided by the mean gradient is
a shift in pixels. In the second run, the sharpest frames of the longest still interval are taken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.errors import FileTooLarge, UnusableClip
from vision.photo import MAX_PIXELS
from vision.repeats import MAX_REPEATS
from vision.sentences import Sentence, number

MAX_CLIP_BYTES: Final = 500_000_000
MAX_CLIP_S: Final = 20.0
MIN_HOLD_S: Final = 1.5
"""Shortest time without movement that counts as a hold."""
SUFFIXES: Final = (".mp4", ".mov", ".m4v")
_SAMPLE_S: Final = 0.1
_SMALL_PX: Final = 160
MAX_STEP: Final = 0.002
"""Largest shift between consecutive samples that counts as still, as a share of the width: 0.3
pixels of the small picture, or 2 cm per second for a person who fills the width."""
MAX_DRIFT: Final = 0.01
"""Largest shift over a whole hold, as a share of the width; beyond it, the person moves slowly."""
_MAX_FPS: Final = 240.0

Pixels = NDArray[np.uint8]
Small = NDArray[np.float32]


class _Sample(NamedTuple):
    frame: int
    picture: Small
    sharpness: float


def steady_frames(path: str | Path) -> tuple[Pixels, ...]:
    """Return up to five frames, spread over the longest hold.

    Parameters
    ----------
    path : path
        MP4 or MOV, up to 20 s and 500 MB, in a codec that the installed OpenCV reads.

    Returns
    -------
    tuple of ndarray of uint8, shape (H, W, 3)
        RGB, upright, at least two.

    Raises
    ------
    FileTooLarge
        If the file exceeds the size limit.
    UnusableClip
        If it cannot be decoded, is too long, or contains no hold.
    OSError
        If the path cannot be read.
    """
    size = Path(path).stat().st_size
    if size > MAX_CLIP_BYTES:
        raise FileTooLarge(
            Sentence(
                "The clip has {size} MB; the limit is {limit} MB.",
                size=number(size / 1e6, ".1f"),
                limit=number(MAX_CLIP_BYTES / 1e6, ".0f"),
            )
        )
    with _opened(path) as clip:
        fps = clip.get(cv2.CAP_PROP_FPS)
        fps = fps if 0 < fps <= _MAX_FPS else 30.0
        samples = tuple(_samples(clip, fps))
    hold = _longest_hold(samples)
    if len(hold) * _SAMPLE_S < MIN_HOLD_S:
        raise UnusableClip(Sentence("The clip has no moment without movement."))
    parts = np.array_split(np.arange(len(hold)), MAX_REPEATS)
    wanted = {_sharpest([hold[int(place)] for place in part]).frame for part in parts}
    with _opened(path) as clip:
        return tuple(_frames(clip, wanted))


@contextmanager
def _opened(path: str | Path) -> Iterator[cv2.VideoCapture]:
    clip = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not clip.isOpened():
            raise UnusableClip(Sentence("The clip cannot be decoded."))
        yield clip
    finally:
        clip.release()


def _samples(clip: cv2.VideoCapture, fps: float) -> Iterator[_Sample]:
    """Reduce one frame per tenth of a second."""
    step, place = max(1, round(fps * _SAMPLE_S)), 0
    while clip.grab():
        if place > MAX_CLIP_S * fps:
            raise UnusableClip(
                Sentence("The clip is longer than {limit} s.", limit=number(MAX_CLIP_S, ".0f"))
            )
        if place % step == 0:
            read, frame = clip.retrieve()
            if not read or frame.shape[0] * frame.shape[1] > MAX_PIXELS:
                raise UnusableClip(Sentence("The clip cannot be decoded."))
            grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
            sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).var())
            height = max(1, round(_SMALL_PX * grey.shape[0] / grey.shape[1]))
            small = cv2.resize(grey, (_SMALL_PX, height), interpolation=cv2.INTER_AREA)
            blurred = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.5)
            yield _Sample(place, np.asarray(blurred, np.float32), sharpness)
        place += 1


def shift(one: Small, two: Small) -> float:
    """Return the shift between two pictures, as a share of the width."""
    down, right = np.gradient((one + two) / 2)
    gradient = float(np.hypot(down, right).mean())
    change = two - one
    # A uniform change of brightness is not a movement.
    moved: float = float(np.abs(change - change.mean()).mean()) / max(gradient, 1e-3)
    return moved / float(one.shape[1])


def _longest_hold(samples: tuple[_Sample, ...]) -> tuple[_Sample, ...]:
    """Longest run of samples that is still, from step to step and overall."""
    best, start = samples[:0], 0
    for end in range(1, len(samples) + 1):
        run = samples[start:end]
        if len(run) > 1 and shift(run[-2].picture, run[-1].picture) > MAX_STEP:
            start = end - 1
        while shift(samples[start].picture, samples[end - 1].picture) > MAX_DRIFT:
            start += 1
        best = max(best, samples[start:end], key=len)
    return best


def _sharpest(samples: list[_Sample]) -> _Sample:
    return max(samples, key=lambda sample: sample.sharpness)


def _frames(clip: cv2.VideoCapture, wanted: set[int]) -> Iterator[Pixels]:
    for place in range(max(wanted) + 1):
        if not clip.grab():
            raise UnusableClip(Sentence("The clip cannot be decoded."))
        if place in wanted:
            yield np.asarray(cv2.cvtColor(clip.retrieve()[1], cv2.COLOR_BGR2RGB), np.uint8)
