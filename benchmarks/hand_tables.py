"""Tables on points set by hand: the editor's own error, readers, intervals, and what they mend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.hand_photos import Photo, with_true_level
from benchmarks.hand_points import READERS, Floats, Reader, drawn_chains, readings, spread_for
from benchmarks.markdown import number
from vision.adjustment import CAMERA_SIGMA_DEG, CARRIED_CAMERA_SIGMA_DEG, READING_SIGMA_DEG
from vision.angles import Z95
from vision.geometry import knee_flexion_angle, thigh_angle

ANGLES: Final = ("thigh", "knee", "shank")
COUNT: Final = 100
"""Simulated readers."""
SEED: Final = 7
THIGH_M: Final = 0.42
"""Length of a thigh, to give spreads in millimetres (as in the literature's sums)."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What was measured.

    Attributes
    ----------
    machine : dict
    train, evaluation : list of Photo
    page : list of dict
        One for each way of setting the points of one photo through the page.
    """

    machine: dict[str, Any]
    train: list[Photo]
    evaluation: list[Photo]
    page: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations of the points along each axis, thigh lengths."""

    within: float
    between: float


def spreads(train: Sequence[Photo]) -> dict[str, Spread]:
    """Return for each kind of reader how far the points lie, from the training photos."""
    unit = spread_for(train, 1.0)
    return {one.name: Spread(unit * one.within_deg, unit * one.between_deg) for one in READERS}


def errors_of(
    reader: Reader, spread: Spread, photos: Sequence[Photo], *, carried: bool = True
) -> tuple[Floats, Floats]:
    """Return errors and standard uncertainties, shape (readers, photos, 3), degrees."""
    count = COUNT if reader.total_deg else 2
    chains = drawn_chains(photos, count, spread.within, spread.between, SEED)
    return readings(photos, chains, carried=carried)


# --- the page -----------------------------------------------------------------------------------


def editor_rows(page: Sequence[dict[str, Any]], photos: Sequence[Photo]) -> list[list[str]]:
    """Error of the image-plane angles for somebody who knows exactly where the points belong.

    Last, the same of readers: what the page made of the points that each of them meant.
    """
    by_name = {(one.dataset, one.name): one for one in photos}
    rows = []
    for way, aim in dict.fromkeys((one["way"], one["aim"]) for one in page):
        own = [one for one in page if (one["way"], one["aim"]) == (way, aim)]
        off = np.array([_slip(one, by_name[one["dataset"], one["name"]]) for one in own])
        rows.append(
            [
                way if aim == "true" else f"{way}: {aim}",
                str(len(own)),
                number(float(np.median([one["thigh_css_px"] for one in own])), 0),
                *(_mean_and_largest(np.abs(off[:, n])) for n in range(3)),
                _actions(own),
            ]
        )
    return rows


def _mean_and_largest(values: Floats) -> str:
    return f"{number(float(values.mean()), 2)} ({number(float(values.max()), 2)})"


def _slip(record: dict[str, Any], photo: Photo) -> Floats:
    """Angles along the points that were set, minus those along the target, degrees."""
    return _image(np.array(record["points_px"]), photo) - _image(
        np.array(record["target_px"]), photo
    )


def _image(chain: Floats, photo: Photo) -> Floats:
    thigh = float(thigh_angle(chain[0], chain[1], head_towards=photo.head_towards))
    knee = float(knee_flexion_angle(*chain, head_towards=photo.head_towards))
    return np.array([thigh, knee, thigh - knee])


def _actions(records: Sequence[dict[str, Any]]) -> str:
    kinds = dict.fromkeys(kind for one in records for kind in one["actions"])
    words = []
    for kind in kinds:
        counts = [one["actions"].get(kind, 0) for one in records]
        words.append(f"{number(float(np.median(counts)), 0)} × {kind}")
    return ", ".join(words)


def agreement_sentence(page: Sequence[dict[str, Any]]) -> str:
    same = sum(one["service_answers_the_same"] for one in page)
    return f"`/v1/score` gave the answer of the page in {same} of {len(page)} cases."


# --- readers ------------------------------------------------------------------------------------


def reader_rows(
    photos: Sequence[Photo], drawn: dict[str, Spread], *, carried: bool
) -> list[list[str]]:
    """Error and coverage of each kind of reader, angle by angle."""
    used = [one for one in photos if one.offset_deg] if carried else list(photos)
    rows = []
    for reader in READERS:
        errors, sigmas = errors_of(reader, drawn[reader.name], used, carried=carried)
        rows += [[reader.name, *_row(errors[..., n], sigmas[..., n], name)]
                 for n, name in enumerate(ANGLES)]  # fmt: skip
    if carried:
        rows += _landmark_rows(used) + _automatic_rows(used)
    return rows


def _row(errors: Floats, sigmas: Floats, name: str) -> list[str]:
    bias, sd = float(errors.mean()), float(errors.std())
    low, high = bias - Z95 * sd, bias + Z95 * sd
    inside = np.abs(errors) <= Z95 * sigmas
    each = np.quantile(inside.mean(axis=1), (0.025, 0.975))
    return [
        name,
        number(float(np.abs(errors).mean())),
        number(bias, sign=True),
        number(sd),
        f"{number(low, sign=True)} to {number(high, sign=True)}",
        f"±{number(float(Z95 * sigmas.mean()))}",
        f"{100 * inside.mean():.0f} %",
        f"{100 * each[0]:.0f}–{100 * each[1]:.0f} %" if len(errors) > 2 else "–",
    ]


def _landmark_rows(photos: Sequence[Photo]) -> list[list[str]]:
    """Points on what a goniometer follows, without any scatter; own generator's bodies."""
    known = [one for one in photos if one.landmarks_px is not None]
    chains = np.array([[one.landmarks_px for one in known]])
    errors, sigmas = readings(known, chains)
    return [
        [
            f"bony landmarks, exactly ({len(known)} photos)",
            *_row(errors[..., n], sigmas[..., n], name),
        ]
        for n, name in enumerate(ANGLES)
    ]


def _automatic_rows(photos: Sequence[Photo]) -> list[list[str]]:
    errors, halves = automatic_errors(photos)
    return [
        ["nobody: automatic", *_row(errors[None, :, n], halves[None, :, n] / Z95, name)]
        for n, name in enumerate(ANGLES)
    ]


def automatic_errors(photos: Sequence[Photo]) -> tuple[Floats, Floats]:
    """Return errors and half intervals of the automatic values, shape (photos, 3), degrees."""
    found = np.array([one.automatic for one in photos])
    truth = np.array([one.truth_deg for one in photos])
    return found[..., 0] - truth, found[..., 1]


# --- where the error comes from -----------------------------------------------------------------


def part_rows(photos: Sequence[Photo], drawn: dict[str, Spread]) -> list[list[str]]:
    """Standard deviations of each part, degrees: camera, level, reader."""
    perfect = READERS[0]
    used = [one for one in photos if one.offset_deg]
    levelled = [with_true_level(one) for one in used]
    camera = errors_of(perfect, drawn[perfect.name], levelled)[0]
    alone = errors_of(perfect, drawn[perfect.name], levelled, carried=False)[0]
    level = errors_of(perfect, drawn[perfect.name], used)[0] - camera
    rows = [
        ["camera, nothing carried over", *_rms(alone), *_stated(CAMERA_SIGMA_DEG)],
        ["camera, correction carried over", *_rms(camera), *_stated(CARRIED_CAMERA_SIGMA_DEG)],
        ["level", *_rms(level), _stated_level(used), "–", _stated_level(used)],
    ]
    for reader in READERS[1:]:
        errors = errors_of(reader, drawn[reader.name], used)[0]
        own = errors - errors_of(perfect, drawn[perfect.name], used)[0][:1]
        rows.append([reader.name, *_rms(own), *_stated(READING_SIGMA_DEG)])
    return rows


def _rms(errors: Floats) -> list[str]:
    return [number(float(np.sqrt((errors[..., n] ** 2).mean())), 2) for n in range(3)]


def _stated(sigmas: Sequence[float]) -> list[str]:
    return [number(one, 2) for one in sigmas]


def _stated_level(photos: Sequence[Photo]) -> str:
    return number(float(np.sqrt(np.mean([one.roll_sigma_deg**2 for one in photos]))), 2)
