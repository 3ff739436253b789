"""Draw a measurement over its photo, so that a person can check it at a glance.

The drawing shows the tested leg, the true horizontal through the hip, the plumb line through the
knee, both arcs and their values. Faces are pixelated unless requested otherwise. The pixels of the
photo itself are never changed.
"""

import io
import math
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vision.angles import Z95, Angle, Angles
from vision.faces import Face, faces_of
from vision.frontal.view import AboveView
from vision.level import Level
from vision.measurement import Measurement
from vision.pen import MINUS, WHITE, Colour, Pen
from vision.photo import Photo
from vision.sides import Side

MAX_SIDE_PX: Final = 1600
"""Length of the longer side to which larger photos are reduced, pixels."""


@dataclass(frozen=True, slots=True)
class LegDrawing:
    """Lengths of the lines drawn over a leg, shared by all drawings of a leg.

    Attributes
    ----------
    level_behind, level_ahead : float
        The horizontal, from the hip towards head and feet, thigh lengths.
    min_arm : float
        Shortest arm of a horizontal that can be grasped, long sides of the photo.
    extension : float
        The thigh's line beyond the knee, thigh lengths.
    plumb : float
        The plumb line, down from the knee, shank lengths.
    thigh_arc, knee_arc : float
        Radii of the two arcs, thigh lengths.
    """

    level_behind: float = 1.1
    level_ahead: float = 1.15
    min_arm: float = 1 / 12
    extension: float = 0.6
    plumb: float = 1.15
    thigh_arc: float = 0.55
    knee_arc: float = 0.32


LEG_DRAWING: Final = LegDrawing()

_THIGH: Final[Colour] = (255, 196, 61)
_KNEE: Final[Colour] = (76, 201, 240)
_REFUSED: Final[Colour] = (190, 190, 190)


def draw_overlay(measurement: Measurement, *, show_face: bool = False) -> NDArray[np.uint8]:
    """Draw the measured angles over the photo.

    Parameters
    ----------
    measurement : Measurement
        Measured or refused; a refused photo shows its reason instead of angles.
    show_face : bool
        Leave faces recognisable.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        A new RGB picture, longer side at most 1600 pixels.
    """
    picture, scale = _canvas(measurement.photo, () if show_face else hidden_faces(measurement))
    pen = Pen(picture)
    head, angles = measurement.view.head_towards, measurement.angles
    if angles is not None and head is not None:
        if measurement.measurable:
            _draw_reading(pen, angles, measurement.level, head, scale)
        else:
            pen.line([tuple(point) for point in angles.chain_px * scale], _REFUSED)
    pen.banner(_caption(measurement))
    return np.array(picture, np.uint8)


def plain_picture(measurement: Measurement, *, show_face: bool = False) -> NDArray[np.uint8]:
    """Return the photo as :func:`draw_overlay` shows it, with nothing drawn on it.

    Parameters
    ----------
    measurement : Measurement
    show_face : bool
        Leave faces recognisable.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        A new RGB picture, longer side at most 1600 pixels.
    """
    picture, _ = _canvas(measurement.photo, () if show_face else hidden_faces(measurement))
    return np.array(picture, np.uint8)


def draw_above(view: AboveView, *, show_face: bool = False) -> NDArray[np.uint8]:
    """Draw the reading over a photo from above the feet: trunk's midline, thigh and shank.

    Parameters
    ----------
    view : AboveView
    show_face : bool
        Leave faces recognisable.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    picture, scale = _canvas(view.photo, () if show_face else hidden_faces(view))
    pen = Pen(picture)
    if view.chain_px is not None and view.trunk_px is not None:
        shoulders, hips = view.trunk_px * scale
        hip, knee, ankle = view.chain_px * scale
        reach = float(np.linalg.norm(knee - hip))
        pen.dashes(shoulders, hips + (hips - shoulders) * 0.8)
        colours = (_THIGH, _KNEE) if view.measurable else (_REFUSED, _REFUSED)
        pen.line([tuple(knee), tuple(ankle)], colours[1])
        pen.line([tuple(hip), tuple(knee)], colours[0])
        beside = np.array([reach * 0.9, 0]) * (1 if hip[0] > hips[0] else -1)
        for name, angle, place in (
            ("abduction", view.abduction, (hip + knee) / 2),
            ("rotation", view.rotation, (knee + ankle) / 2),
        ):
            if angle is not None:
                pen.label(f"{name} {_text(angle, signed=True)}", place + beside, WHITE)
    refusal = view.refusal
    caption = f"Not measurable. {refusal.kind.text}" if refusal else f"{view.leg} leg, from above"
    pen.banner(caption)
    return np.array(picture, np.uint8)


def hidden_faces(seen: Measurement | AboveView) -> tuple[Face, ...]:
    """Return the faces that the pictures of a photo hide; empty if no head was found in it."""
    body = seen.view.body if isinstance(seen, Measurement) else None
    return faces_of(seen.photo, seen.pose, body)


def _canvas(photo: Photo, faces: tuple[Face, ...]) -> tuple[Image.Image, float]:
    """Return a reduced copy of the photo to draw on, faces hidden, and its scale."""
    scale = min(1.0, MAX_SIDE_PX / max(photo.width_px, photo.height_px))
    size = (round(photo.width_px * scale), round(photo.height_px * scale))
    pixels = np.array(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    _pixelate(pixels, faces, scale)
    return Image.fromarray(pixels), scale


def encode_picture(rgb: NDArray[np.uint8], image_format: Literal["png", "jpeg"]) -> bytes:
    """Encode an RGB picture of shape (H, W, 3), without any metadata."""
    buffer = io.BytesIO()
    picture = Image.fromarray(rgb)
    if image_format == "jpeg":
        picture.save(buffer, "JPEG", quality=88)
    else:
        picture.save(buffer, "PNG")
    return buffer.getvalue()


def _draw_reading(pen: Pen, angles: Angles, level: Level, head: Side, scale: float) -> None:
    hip, knee, ankle = angles.chain_px * scale
    reach = float(np.linalg.norm(knee - hip))
    # The true horizontal, pointing from the hip to the feet; on screen y runs down.
    to_feet = 1.0 if head == "left" else -1.0
    roll = math.radians(level.roll_deg)
    horizontal = np.array([math.cos(roll), -math.sin(roll)]) * to_feet
    thigh = (knee - hip) / reach
    down = np.array([math.sin(roll), math.cos(roll)])
    drop = float(np.linalg.norm(ankle - knee))
    pen.dashes(hip, hip + horizontal * reach * LEG_DRAWING.level_ahead)
    pen.dashes(knee, knee + down * drop * LEG_DRAWING.plumb)
    pen.dashes(knee, knee + thigh * reach * LEG_DRAWING.extension)
    arcs = (reach * LEG_DRAWING.thigh_arc, reach * LEG_DRAWING.knee_arc)
    pen.arc(hip, arcs[0], _screen_deg(horizontal), _screen_deg(thigh), _THIGH)
    pen.arc(knee, arcs[1], _screen_deg(thigh), _screen_deg(ankle - knee), _KNEE)
    pen.line([tuple(knee), tuple(ankle)], _KNEE)
    pen.line([tuple(hip), tuple(knee)], _THIGH)
    # Place the label above thigh and horizontal, or beyond the knee, where it hides no body part.
    upper = thigh if angles.thigh.value_deg > 0 else horizontal
    over = np.array([upper[1], -upper[0]]) * to_feet
    above_thigh = hip + (0.62 * upper + 0.3 * over) * reach
    beside_shank = (knee + ankle) / 2 + np.array([to_feet * reach * 0.55, 0])
    pen.label(f"thigh {_text(angles.thigh, signed=True)}", above_thigh, _THIGH)
    pen.label(f"knee {_text(angles.knee_flexion)}", beside_shank, _KNEE)
    shank = f"shank {_text(angles.shank_from_plumb, signed=True)} from plumb"
    pen.label(shank, knee + down * (drop + 0.22 * reach), WHITE)


def _screen_deg(vector: NDArray[np.float64]) -> float:
    """Direction in Pillow's convention: degrees clockwise from the x axis on screen."""
    return math.degrees(math.atan2(float(vector[1]), float(vector[0])))


def _text(angle: Angle, *, signed: bool = False) -> str:
    value = round(angle.value_deg, 1) + 0.0
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{abs(value):.1f}° ± {Z95 * angle.sigma_deg:.0f}°"


def _caption(measurement: Measurement) -> str:
    leg, reading = measurement.view.leg, measurement.interpretation
    if not measurement.measurable or leg is None:
        blocking = [flag.kind.text for flag in measurement.quality.flags if flag.kind.blocking]
        return f"Not measurable. {blocking[0]}"
    rules = f"rule-set “{reading.rules.id}” v{reading.rules.version}"
    joined = measurement.repeats
    one_of = "" if joined is None else f" · one of {joined.n} joined photos"
    return f"{leg.side} leg{one_of} · {reading.standing.headline} · {rules}"


def _pixelate(pixels: NDArray[np.uint8], faces: tuple[Face, ...], scale: float) -> None:
    """Pixelate faces in place; `scale` is that of the picture."""
    if not faces:
        return
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for face in faces:
        x, y = np.clip((scale * face.x_px, scale * face.y_px), -1e4, 1e4)
        radius = max(1, round(scale * face.radius_px))
        cv2.circle(mask, (round(float(x)), round(float(y))), radius, 255, thickness=-1)
    block = max(4, round(scale * max(face.radius_px for face in faces) / 3.5))
    coarse_size = (max(1, width // block), max(1, height // block))
    coarse = cv2.resize(pixels, coarse_size, interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    pixels[mask > 0] = blocks[mask > 0]
