"""How a result was measured, in words; shared by page and report."""

from typing import Final

from app.results.schemas import LevelOut, MeasurementOut, PointOut, ProvenanceOut
from app.results.wording import LEG_TITLES
from vision.sentences import Number, Sentence, number

LEVEL_WORDS: Final = {
    "given": Sentence("as entered"),
    "phone": Sentence("by the phone"),
    "phone+scene": Sentence("by the phone and the scene"),
    "scene": Sentence("read from the scene"),
    "assumed": Sentence("assumed, not known"),
}
"""Sources of the level."""


def leg_words(out: MeasurementOut) -> str:
    """Name the tested leg, where it lies, and how that is known."""
    if out.tested_leg is None:
        return ""
    leg = LEG_TITLES[out.tested_leg.side]
    source = Sentence("read from the photo")
    if out.tested_leg.source == "given":
        source = Sentence("as entered")
    return {
        True: Sentence("{leg}, near the camera ({source})", leg=leg, source=source),
        False: Sentence("{leg}, away from the camera ({source})", leg=leg, source=source),
        None: Sentence("{leg} ({source})", leg=leg, source=source),
    }[out.tested_leg.near_camera]


def level_words(level: LevelOut | None) -> str:
    """Write the camera's tilt and where it comes from; empty if there is none."""
    if level is None:
        return ""
    sign = "−" if level.roll_deg < 0 else "+" if level.roll_deg > 0 else ""
    angle = Number(f"{sign}{abs(level.roll_deg):.1f}°")
    return Sentence("{angle} ({source})", angle=angle, source=LEVEL_WORDS[level.source])


def points_words(out: MeasurementOut) -> str:
    """Write the three points, in pixels."""
    if out.points is None:
        return ""
    hip, knee, ankle = map(_point_words, (out.points.hip, out.points.knee, out.points.ankle))
    return Sentence("hip {hip}; knee {knee}; ankle {ankle} pixels", hip=hip, knee=knee, ankle=ankle)


def _point_words(point: PointOut) -> str:
    place = f"{point.x_px}, {point.y_px}"
    return place if point.source == "automatic" else Sentence("{place} (adjusted)", place=place)


def made_words(made: ProvenanceOut) -> str:
    """Write model, passes and time."""
    if made.elapsed_ms is None:
        return Sentence("{model}, {passes} passes", model=made.model, passes=made.passes)
    return Sentence(
        "{model}, {passes} passes, {seconds} s",
        model=made.model,
        passes=made.passes,
        seconds=number(made.elapsed_ms / 1000, ".1f"),
    )
