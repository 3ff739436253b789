"""Synthetic photos with exact ground truth, as the generator writes them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vision.sides import Side

OWN: Final = "own"
"""Make of the first generator's bodies, whose labels may not name it."""
ROCKETBOX: Final = "rocketbox"
"""Make of the Microsoft Rocketbox avatars."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one rendered photo; angles signed as in ``vision.angles``, degrees.

    ``image_*`` is what a perfect reader finds in the levelled picture, the others are the
    3-D angles of the joint centres (thigh: sagittal plane, against gravity).

    ``make`` is the kind of body (``own``: the first generator's; ``valid``;
    ``rocketbox``), ``person`` who it is:
    no two photos of ``own`` show the same one. Where a rig's joints are not the anatomical
    centres the thigh is taken from ``test_leg_anat38`` (hip at 38 % of the depth) and the knee
    from ``test_leg_sect`` (one recipe for every body), as that generator's documentation says.
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
    make: str
    person: str
    details: dict[str, Any]

    @property
    def shank_from_plumb_deg(self) -> float:
        """90 + thigh − knee flexion, as :func:`vision.angles.shank_from_plumb_deg`."""
        return 90 + self.thigh_deg - self.knee_flexion_deg

    @property
    def within_protocol(self) -> bool:
        """Whether the camera was square and level enough: |yaw| ≤ 10°, |pitch| ≤ 8°."""
        return abs(self.yaw_deg) <= 10 and abs(self.pitch_deg) <= 8


def read_dataset(folder: Path) -> list[Truth]:
    """Read the ground truth beside each photo of a folder, sorted by name."""
    truths = []
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        camera = data["camera"]
        thigh = data.get("test_leg_anat38", data["test_leg"])
        knee = data.get("test_leg_sect", data["test_leg"])
        truths.append(
            Truth(
                path=folder / data["image"],
                tested_leg=data["test_side"],
                near_camera=data["test_leg_is_near"],
                head_towards=data["head_direction"],
                thigh_deg=thigh["thigh_sagittal_deg"],
                knee_flexion_deg=180 - knee["knee_interior_3d_deg"],
                image_thigh_deg=thigh["image"]["thigh_vs_true_horizontal_deg"],
                image_knee_flexion_deg=180 - knee["image"]["knee_interior_deg"],
                roll_deg=camera["roll_deg"],
                pitch_deg=camera["pitch_deg"],
                yaw_deg=camera["yaw_optical_axis_deg"],
                make=data.get("make", OWN),
                person=data.get("character", path.stem),
                details=data,
            )
        )
    return truths


def write_records(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write a JSON list with one record a line, so that changes can be read."""
    lines = ",\n".join(json.dumps(record) for record in records)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")
