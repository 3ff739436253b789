"""Synthetic photos with exact ground truth, as the generator writes them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision.figure import Side


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one rendered photo; angles signed as in ``vision.angles``, degrees.

    ``image_*`` is what a perfect reader finds in the levelled picture, the others are the
    3-D angles of the joint centres (thigh: sagittal plane, against gravity).
    """

    path: Path
    tested_leg: Side
    near_camera: bool
    head_towards: Side
    thigh_deg: float
    knee_flexion_deg: float
    image_thigh_deg: float
    image_knee_flexion_deg: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float
    details: dict[str, Any]

    @property
    def within_protocol(self) -> bool:
        """Whether the camera was square and level enough: |yaw| ≤ 10°, |pitch| ≤ 8°."""
        return abs(self.yaw_deg) <= 10 and abs(self.pitch_deg) <= 8


def read_dataset(folder: Path) -> list[Truth]:
    """Read the ground truth beside each photo of a folder, sorted by name."""
    truths = []
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        leg, camera = data["test_leg"], data["camera"]
        truths.append(
            Truth(
                path=folder / data["image"],
                tested_leg=data["test_side"],
                near_camera=data["test_leg_is_near"],
                head_towards=data["head_direction"],
                thigh_deg=leg["thigh_sagittal_deg"],
                knee_flexion_deg=180 - leg["knee_interior_3d_deg"],
                image_thigh_deg=leg["image"]["thigh_vs_true_horizontal_deg"],
                image_knee_flexion_deg=180 - leg["image"]["knee_interior_deg"],
                roll_deg=camera["roll_deg"],
                pitch_deg=camera["pitch_deg"],
                yaw_deg=camera["yaw_optical_axis_deg"],
                details=data,
            )
        )
    return truths


def write_records(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write a JSON list with one record a line, so that changes can be read."""
    lines = ",\n".join(json.dumps(record) for record in records)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
