"""Design of the reliability study: the same rendered bodies, photographed again and again.

    python -m benchmarks.reliability_design > design.json

Written down, with the criterion, before the first photo was measured. Eighteen bodies: six of the
first generator, new ones; six Rocketbox avatars that no calibration was fitted on; six VALID
avatars, who are all known to the shipped calibration. From its base photo, each body is
photographed again with one thing changed at a time (:data:`FACETS`). Whatever a facet does not
change stays: body, posture, table, room, light, clothes, and the camera to the millimetre. Every
random number comes from :data:`SEED`, the body's number and a key (:class:`Shot`), so that the
renderer of each make can draw what it needs beside what is given here.

Acceptable error, stated beforehand
-----------------------------------
5 degrees (:data:`ACCEPTABLE_DEG`). A gait laboratory with markers tells apart changes of more than
about 5° between two sessions of a healthy adult (Wilken et al. 2012, PMID 22041096); an instrument
without one should be no coarser. Half the way between the two published cut-offs of the thigh, 0°
and -9.7° (Ferber et al., J Athl Train 2010;45:344-348), is 4.8°: a larger error carries a thigh from
one past the middle to the other. And 5° is less than the smallest detectable change of the test by
hand, 6.9° (Cejudo et al., Phys Ther Sport 2015;16:107-113).

Three questions, each for thigh, knee and shank, all photos of the near leg pooled, and answered
"yes" only if the whole 95 % interval answers so:

1. *A single reading*: is the 95th percentile of its absolute error at most 5°?
2. *Two set-ups*: do both limits of agreement of the errors of two set-ups lie within ±5°?
3. *Standard error of measurement* of a new set-up: is it at most 5°?

A photo that is refused has no error and is counted beside; a photo read on the wrong leg counts with
its error. The far leg is reported apart, because the photo protocol asks for the tested side.

Analysis, stated beforehand
---------------------------
The error is reading minus truth, so that a posture that really changed is no error. Per facet: the
mean of the differences from the base photo of the same body (systematic part) and their standard
deviation over √2 (random part of one photo). Three set-ups of each body (base, setup1, setup2) give
the random part of a new set-up and the part that is a body's own, by one-way analysis of variance;
what camera and light do not explain of a new set-up is put down to posture. Intervals: bootstrap
over bodies. Makes are reported one by one, too.

Size: what can be rendered in half an hour. With 17 degrees of freedom (pairs) the 95 % interval of a
standard deviation runs from 0.75 to 1.50 times its value, with 36 (three set-ups) from 0.81 to 1.30.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Final

import numpy as np

SEED: Final = 9601
ACCEPTABLE_DEG: Final = 5.0
FACETS: Final = {
    "base": "near leg, bare or in shorts, camera near square",
    "repeat": "the camera held again by hand: 2 cm and 0.7° (SD) about each axis",
    "camera": "another position of the camera, drawn as the first was",
    "light": "another room, table cover, lamp and exposure; the same camera",
    "clothes": "trousers or leggings instead; the same camera (not Rocketbox: one outfit a person)",
    "setup1": "another day: posture, table edge, arms, camera, room and light anew",
    "setup2": "one day more",
    "other": "the other leg is tested from its side: posture and camera anew",
    "far": "the base posture from the other side of the table",
}
BODIES: Final = (
    *(("own", None, None) for _ in range(6)),
    ("valid", "Asian_F_2", "Default"),
    ("valid", "Asian_M_1", "Default"),
    ("valid", "Black_M_2", "Default"),
    ("valid", "Hispanic_M_1", "Casual"),
    ("valid", "White_M_3", "Default"),
    ("valid", "Black_F_3", "Default"),
    ("rocketbox", "Sports_Male_02", None),
    ("rocketbox", "Sports_Male_04", None),
    ("rocketbox", "Female_Adult_07", None),
    ("rocketbox", "Female_Adult_14", None),
    ("rocketbox", "Male_Adult_04", None),
    ("rocketbox", "Male_Adult_13", None),
)
"""Make, character and outfit of each body; the first generator draws its own."""
TROUSERS: Final = "Util"
"""Outfit of the VALID avatars for the facet "clothes": the one whose rig agrees best with the first
outfit's. An avatar's rig belongs to its outfit, and with it the truth: at rest, thigh and shank of
these six differ by up to 0.7° between the two."""
REPOSED_SD_DEG: Final = 2.5
"""How far a new set-up moves thigh and shank (SD), degrees: that of a person (Cejudo 2015)."""
_NEW_POSTURE: Final = {"setup1": 1, "setup2": 2, "other": 3}
_NEW_CAMERA: Final = {"camera": 1, "setup1": 2, "setup2": 3, "other": 4, "far": 5}
_NEW_LIGHT: Final = {"light": 1, "setup1": 2, "setup2": 3}


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo of the design; angles signed as in ``vision.angles``, degrees.

    ``*_key``: photos of a body with the same key share what it stands for; 0 is the base.
    ``height_m`` is the camera's above the middle of the body. ``hand_held`` photos are moved once
    more, by 2 cm and 0.7° (SD).
    """

    name: str
    make: str
    body: int
    facet: str
    character: str | None
    outfit: str | None
    test_side: str
    camera_side: str
    posture_key: int
    camera_key: int
    light_key: int
    clothes_key: int
    hand_held: bool
    thigh_deg: float
    shank_from_plumb_deg: float
    yaw_deg: float
    roll_deg: float
    distance_m: float
    height_m: float

    @property
    def knee_flexion_deg(self) -> float:
        return 90 + self.thigh_deg - self.shank_from_plumb_deg


def posture(body: int, key: int) -> tuple[float, float]:
    """Thigh and shank from plumb of a set-up, degrees; gravity bends no knee beyond plumb."""
    rng = np.random.default_rng([SEED, body, 10])
    thigh, shank = np.clip(rng.normal(0, 8), -18, 18), rng.uniform(0, 20)
    if key:
        rng = np.random.default_rng([SEED, body, 10, key])
        thigh, shank = np.array([thigh, shank]) + rng.normal(0, REPOSED_SD_DEG, 2)
    return float(thigh), float(max(shank, -2.0))


def camera(body: int, key: int) -> tuple[float, float, float, float]:
    """Yaw and roll, degrees, distance and height, metres, as the photo protocol has them."""
    rng = np.random.default_rng([SEED, body, 20, key])
    yaw, roll = np.clip(rng.normal(0, (4.0, 1.2)), (-8, -3), (8, 3))
    return float(yaw), float(roll), float(rng.uniform(2.5, 3.8)), float(rng.uniform(-0.05, 0.25))


def shot(body: int, facet: str) -> Shot:
    """Return the design of one photo."""
    make, character, outfit = BODIES[body]
    side = ("left", "right")[body % 2]
    opposite = ("right", "left")[body % 2]
    clothes = facet == "clothes"
    if clothes and outfit is not None:
        outfit = TROUSERS
    posed, placed = _NEW_POSTURE.get(facet, 0), _NEW_CAMERA.get(facet, 0)
    return Shot(
        f"rel_{body:02d}_{make}_{facet}",
        make,
        body,
        facet,
        character,
        outfit,
        opposite if facet == "other" else side,
        opposite if facet in {"other", "far"} else side,
        posed,
        placed,
        _NEW_LIGHT.get(facet, 0),
        int(clothes),
        facet == "repeat",
        *posture(body, posed),
        *camera(body, placed),
    )


def design() -> list[Shot]:
    """Return all photos, body by body."""
    return [
        shot(body, facet)
        for body, (make, _, _) in enumerate(BODIES)
        for facet in FACETS
        if not (make == "rocketbox" and facet == "clothes")
    ]


def main() -> None:
    print(json.dumps([dataclasses.asdict(one) for one in design()], indent=1))


if __name__ == "__main__":
    main()
