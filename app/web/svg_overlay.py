"""Picture of the result page: the photo, with lines over it in SVG.

Coordinates are pixels of the upright photo, x right, y down; the page scales photo and lines
together. ``static/layer.js`` draws the same lines while a person moves the points.
"""

import math
from dataclasses import dataclass
from typing import Final

from app.results.schemas import MeasurementOut, PointsOut
from app.results.wording import signed
from vision.measurement import Measurement
from vision.overlay import LEG_DRAWING, encode_picture, plain_picture
from vision.sides import Side

Point = tuple[float, float]
Chain = tuple[Point, Point, Point]
"""Hip, knee, ankle."""

_FONT: Final = 0.032
"""Size of the labels' text, as a share of the photo's long side."""
LINES: Final = ("level", "plumb", "extension", "thigh-arc", "knee-arc", "shank", "thigh", "joints")
"""All lines of a layer, from bottom to top."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The photo for the result page; stored only in the page.

    Attributes
    ----------
    photo : bytes
        JPEG without metadata, with faces hidden, nothing drawn in.
    found_px : Chain or None
        The tested leg, if it was found in a refused photo.
    """

    photo: bytes
    found_px: Chain | None


@dataclass(frozen=True, slots=True)
class Label:
    """An angle written beside its arc; the middle of its line of text, pixels."""

    name: str
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Lines over a photo of ``width`` × ``height`` pixels: the path of each, by name."""

    width: int
    height: int
    lines: dict[str, str]
    refused: bool
    labels: tuple[Label, ...] = ()

    @property
    def font_px(self) -> float:
        """Size of the labels' text, pixels of the photo."""
        return round(_FONT * max(self.width, self.height), 1)


def shown(result: Measurement) -> Shown:
    """Return the photo of a measurement."""
    found = None
    if result.angles is not None and not result.measurable:
        hip, knee, ankle = ((float(x), float(y)) for x, y in result.angles.chain_px.round(1))
        found = (hip, knee, ankle)
    return Shown(photo=encode_picture(plain_picture(result), "jpeg"), found_px=found)


def layer(out: MeasurementOut, found_px: Chain | None) -> Layer | None:
    """Draw a result over its photo.

    Parameters
    ----------
    out : MeasurementOut
    found_px : Chain or None
        Leg found in a refused photo.

    Returns
    -------
    Layer or None
        None if the result does not contain the size of its photo.
    """
    width, height = out.provenance.width_px, out.provenance.height_px
    if width is None or height is None:
        return None
    lines, labels = dict.fromkeys(LINES, ""), tuple[Label, ...]()
    chain = found_px if out.points is None else _chain(out.points)
    if chain is not None:
        lines |= _limbs(chain)
    if out.points is not None and chain is not None and out.head_towards is not None:
        roll = 0.0 if out.level is None else out.level.roll_deg
        lines |= _angles(chain, out.head_towards, roll, max(width, height))
        labels = _labels(out, chain, out.head_towards, (width, height))
    return Layer(width, height, lines, out.points is None, labels)


def _chain(points: PointsOut) -> Chain:
    hip, knee, ankle = ((one.x_px, one.y_px) for one in (points.hip, points.knee, points.ankle))
    return hip, knee, ankle


def _limbs(chain: Chain) -> dict[str, str]:
    hip, knee, ankle = chain
    # A stroke of zero length with round ends is a dot of constant size on the screen.
    joints = "".join(f"M{_xy(point)}h0.01" for point in chain)
    return {"thigh": _line(hip, knee), "shank": _line(knee, ankle), "joints": joints}


def _angles(chain: Chain, head: Side, roll_deg: float, long_side: int) -> dict[str, str]:
    hip, knee, ankle = chain
    reach = math.dist(hip, knee)
    if reach < 1 or math.dist(knee, ankle) < 1:
        return {}
    to_feet = 1.0 if head == "left" else -1.0
    roll = math.radians(roll_deg)
    # Towards the feet; the roll raises the right end of the horizontal; y runs down.
    horizontal = (to_feet * math.cos(roll), -to_feet * math.sin(roll))
    thigh = ((knee[0] - hip[0]) / reach, (knee[1] - hip[1]) / reach)
    shank = (ankle[0] - knee[0], ankle[1] - knee[1])
    down = (math.sin(roll), math.cos(roll))
    arm = max(reach, LEG_DRAWING.min_arm * long_side)
    return {
        "level": _line(
            _along(hip, horizontal, -LEG_DRAWING.level_behind * arm),
            _along(hip, horizontal, LEG_DRAWING.level_ahead * arm),
        ),
        "plumb": _line(knee, _along(knee, down, LEG_DRAWING.plumb * math.dist(knee, ankle))),
        "extension": _line(knee, _along(knee, thigh, LEG_DRAWING.extension * reach)),
        "thigh-arc": _arc(hip, LEG_DRAWING.thigh_arc * reach, horizontal, thigh),
        "knee-arc": _arc(knee, LEG_DRAWING.knee_arc * reach, thigh, shank),
    }


def _labels(
    out: MeasurementOut, chain: Chain, head: Side, size: tuple[int, int]
) -> tuple[Label, ...]:
    """Write the thigh's angle above it, and the knee's on the outer side of its arc."""
    if out.thigh_deg is None or out.knee_flexion_deg is None:
        return ()
    hip, knee, _ = chain
    to_feet = 1.0 if head == "left" else -1.0
    font = _FONT * max(size)
    middle = _along(hip, (knee[0] - hip[0], knee[1] - hip[1]), 0.5)
    places = {
        "thigh": (middle[0], min(hip[1], knee[1], middle[1]) - 1.1 * font),
        "knee": (knee[0] + to_feet * 3.2 * font, knee[1] + 0.9 * font),
    }
    texts = {"thigh": out.thigh_deg.value, "knee": out.knee_flexion_deg.value}
    return tuple(
        Label(name, *_within(place, size, font), signed(texts[name]))
        for name, place in places.items()
    )


def _within(place: Point, size: tuple[int, int], font: float) -> Point:
    x, y = place
    half = 1.6 * font
    return (
        round(min(max(x, half), size[0] - half), 1),
        round(min(max(y, font), size[1] - font / 2), 1),
    )


def _arc(centre: Point, radius: float, start: Point, end: Point) -> str:
    """Draw the shorter arc between two directions."""
    first, last = (math.atan2(y, x) for x, y in (start, end))
    clockwise = math.sin(last - first) > 0
    ends = [_along(centre, (math.cos(one), math.sin(one)), radius) for one in (first, last)]
    return f"M{_xy(ends[0])}A{radius:.1f} {radius:.1f} 0 0 {int(clockwise)} {_xy(ends[1])}"


def _along(start: Point, direction: Point, length: float) -> Point:
    return start[0] + direction[0] * length, start[1] + direction[1] * length


def _line(start: Point, end: Point) -> str:
    return f"M{_xy(start)}L{_xy(end)}"


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
