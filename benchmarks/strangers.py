"""Photo by photo: what would have been read of bodies that were left out of every fit.

``results/strangers.json``, written by ``benchmarks.makes``, holds for each training photo the three
angles with their standard errors, as read by corrections that were fitted without its make, and
without its person, the level read off the photo. The validation report judges them by the rules.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.dataset import Truth
from benchmarks.extract import Columns
from benchmarks.left_out import LeftOut, Scheme
from benchmarks.make_groups import members
from benchmarks.resampling import Floats

RECORDS: Final = Path(__file__).parent / "results" / "strangers.json"

Record = dict[str, Any]


def with_level(
    columns: Columns, truths: Sequence[Truth], error: Floats, sigma: Floats
) -> tuple[Floats, Floats]:
    """Add the error of the level that was read to errors made with the level known.

    Parameters
    ----------
    columns : dict
        ``level_error`` and ``level_sigma``, degrees, shape (N,).
    truths : sequence of Truth
        N photos; the direction of the head gives the sign.
    error, sigma : ndarray, shape (N, 3)
        Of thigh, knee and shank, degrees.

    Returns
    -------
    error, sigma : ndarray, shape (N, 3)
        A level read too far clockwise lowers a thigh whose head points left; a knee does not
        depend on it.
    """
    to_feet = np.array([1.0 if truth.head_towards == "left" else -1.0 for truth in truths])
    turned = np.array([1.0, 0.0, 1.0])
    added = -(to_feet * columns["level_error"])[:, None] * turned
    return error + added, np.hypot(sigma, columns["level_sigma"][:, None] * turned)


def records(
    columns: Columns,
    truths: dict[str, Truth],
    left_out: dict[Scheme, LeftOut],
    sigmas: dict[Scheme, Floats],
) -> list[Record]:
    """Readings beside the truth, one record per photo; ``truths`` by the photos' names."""
    shown = [truths[str(name)] for name in columns["name"]]
    groups = members(columns, truths)
    found = [
        {
            "name": truth.path.stem,
            "make": truth.make,
            "person": truth.person,
            "near": truth.near_camera,
            "groups": [words for words, member in groups.items() if member[row]],
            "truth": [round(truth.thigh_deg, 3), round(truth.knee_flexion_deg, 3)],
        }
        for row, truth in enumerate(shown)
    ]
    true = np.array([(t.thigh_deg, t.knee_flexion_deg, t.shank_from_plumb_deg) for t in shown])
    for scheme, one in left_out.items():
        error, sigma = with_level(columns, shown, one.kept, sigmas[scheme])
        readings = np.stack((true + error, sigma), axis=-1).round(3).tolist()
        for record, reading in zip(found, readings, strict=True):
            record[f"{scheme}_left_out"] = reading
    return found


def write_records(
    columns: Columns,
    truths: dict[str, Truth],
    left_out: dict[Scheme, LeftOut],
    sigmas: dict[Scheme, Floats],
) -> None:
    text = json.dumps(records(columns, truths, left_out, sigmas), ensure_ascii=False)
    RECORDS.write_text(re.sub(r'\{"name"', '\n{"name"', text) + "\n", "utf-8")
