"""What is written on the pictures: the numbers that were measured, and what they are of."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stick_figure import StickFigure, marked_picture, measure_figure, measure_people, pose_of
from test_overlay import textured
from vision.angles import Z95, Angle
from vision.flags import Flag
from vision.frontal.view import ABOVE_FLAG_KINDS, AboveView
from vision.overlay import draw_above, draw_overlay, plain_picture
from vision.pen import Pen
from vision.photo import photo_from_array
from vision.together import join_measured

FIGURE = StickFigure(thigh_deg=-10, knee_deg=95)
BLUE, YELLOW, GREY = (76, 201, 240), (255, 196, 61), (190, 190, 190)


@dataclass
class Written:
    """Labels with their places, and the caption, instead of their pixels."""

    labels: dict[str, NDArray[np.float64]]
    caption: str = ""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    notes = Written({})
    monkeypatch.setattr(Pen, "label", lambda _, text, at, __: notes.labels.update({text: at}))
    monkeypatch.setattr(Pen, "banner", lambda _, text: setattr(notes, "caption", text))
    return notes


def test_the_measured_angles_are_written(written: Written) -> None:
    result = measure_people([FIGURE.person()], level_deg=0.0)
    draw_overlay(result)
    thigh, knee, shank = written.labels
    # Half the 95 % interval, of 2.6°, 3.7° and 3.1° with the given level's 0.3°.
    assert thigh == f"thigh −10.0° ± {Z95 * np.hypot(2.6, 0.3):.0f}°"
    assert knee == f"knee 95.0° ± {Z95 * 3.7:.0f}°"
    assert shank == f"shank −15.0° ± {Z95 * np.hypot(3.1, 0.3):.0f}° from plumb"
    assert written.caption == (
        f"right leg · {result.interpretation.standing.headline} · rule-set “guide” "
        f"v{result.interpretation.rules.version}"
    )


@pytest.mark.parametrize(
    ("thigh_deg", "words"), [(0.04, "thigh 0.0°"), (-0.04, "thigh 0.0°"), (12.34, "thigh +12.3°")]
)
def test_a_sign_is_written_unless_it_is_zero(
    written: Written, thigh_deg: float, words: str
) -> None:
    draw_overlay(measure_figure(StickFigure(thigh_deg, 80)))
    assert next(iter(written.labels)).startswith(f"{words} ± ")


@pytest.mark.parametrize("head", ["left", "right"])
def test_the_labels_lie_beside_what_they_name(written: Written, head: str) -> None:
    result = measure_figure(replace(FIGURE, head_towards=head))  # type: ignore[arg-type]
    draw_overlay(result)
    assert result.angles is not None
    hip, knee, ankle = result.angles.chain_px
    thigh, bend, shank = written.labels.values()
    feet = 1.0 if head == "left" else -1.0
    assert thigh[1] < min(hip[1], knee[1])  # y runs down: above the thigh
    assert min(hip[0], knee[0]) < thigh[0] < max(hip[0], knee[0])
    assert (bend[0] - max(feet * knee[0], feet * ankle[0]) * feet) * feet > 0  # beyond the shank
    assert knee[1] < bend[1] < ankle[1]
    assert shank[1] > ankle[1]


def test_a_refusal_is_written_instead(written: Written) -> None:
    draw_overlay(measure_people([]))
    assert written.labels == {}
    assert written.caption.startswith("Not measurable. ")
    assert len(written.caption) > len("Not measurable. ") + 10


def test_a_joined_photo_says_of_how_many(written: Written) -> None:
    figures = [replace(FIGURE, thigh_deg=FIGURE.thigh_deg + shift) for shift in (0.0, 0.1, 0.2)]
    photos = [measure_people([figure.person()], level_deg=0.0) for figure in figures]
    draw_overlay(join_measured(photos))
    assert "right leg · one of 3 joined photos · " in written.caption


def test_the_plain_picture_hides_the_face_unless_asked_otherwise() -> None:
    result = measure_people([FIGURE.person()], picture=textured(), level_deg=0.0)
    np.testing.assert_array_equal(plain_picture(result, show_face=True), textured())
    x, y = FIGURE.person().points_px[:11].mean(axis=0).astype(int)
    assert (plain_picture(result)[y, x - 5 : x + 5] != textured()[y, x - 5 : x + 5]).any()


# --- from above the feet ------------------------------------------------------------------------

CHAIN = np.array([[500.0, 400.0], [560.0, 250.0], [600.0, 120.0]])
TRUNK = np.array([[450.0, 650.0], [450.0, 420.0]])


def above(**changed: object) -> AboveView:
    view = AboveView(
        photo_from_array(marked_picture()),
        "left",
        Angle(12.0, 4 / Z95, 0.5),
        Angle(-8.0, 6 / Z95, 0.5),
        CHAIN,
        TRUNK,
        (),
        4,
        pose_of([]),
    )
    return replace(view, **changed)  # type: ignore[arg-type]


def test_abduction_and_rotation_are_written_beside_thigh_and_shank(written: Written) -> None:
    draw_above(above())
    assert list(written.labels) == ["abduction +12.0° ± 4°", "rotation −8.0° ± 6°"]
    for place, part in zip(written.labels.values(), (CHAIN[:2], CHAIN[1:]), strict=True):
        middle = part.mean(axis=0)
        assert place[1] == pytest.approx(middle[1])
        assert 50 < place[0] - middle[0] < 200  # outside: the leg lies right of the trunk
    assert written.caption == "left leg, from above"
    written.labels.clear()
    mirror = np.array([900.0, 0.0])
    draw_above(above(chain_px=mirror + CHAIN * [-1, 1], trunk_px=mirror + TRUNK * [-1, 1]))
    assert all(place[0] < 300 for place in written.labels.values())


def test_the_face_from_above_is_hidden_unless_asked_otherwise(written: Written) -> None:
    view = above(photo=photo_from_array(textured()), pose=pose_of([FIGURE.person()]))
    x, y = FIGURE.person().points_px[:11].mean(axis=0).astype(int)
    face = slice(y - 3, y + 3), slice(x - 5, x + 5)
    np.testing.assert_array_equal(draw_above(view, show_face=True)[face], textured()[face])
    assert (draw_above(view)[face] != textured()[face]).any()
    assert written.caption


def test_an_angle_that_was_not_measured_from_above_is_not_written(written: Written) -> None:
    draw_above(above(rotation=None))
    assert list(written.labels) == ["abduction +12.0° ± 4°"]
    kind = ABOVE_FLAG_KINDS["not_from_above"]
    refused = above(abduction=None, rotation=None, flags=(Flag(kind),))
    draw_above(refused)
    assert written.caption == f"Not measurable. {kind.text}"


@pytest.mark.parametrize(("measured", "colours"), [(True, (YELLOW, BLUE)), (False, (GREY, GREY))])
def test_the_leg_from_above_is_drawn_in_its_colours(
    measured: bool, colours: tuple[tuple[int, int, int], ...], written: Written
) -> None:
    view = above() if measured else above(abduction=None, rotation=None)
    picture = draw_above(view)
    for part, colour in zip((CHAIN[:2], CHAIN[1:]), colours, strict=True):
        x, y = part.mean(axis=0).astype(int)
        assert tuple(picture[y, x]) == colour
    x, y = TRUNK.mean(axis=0).astype(int)
    trunk = (
        picture[y - 60 : y + 60, x - 3 : x + 4] != view.photo.pixels[y - 60 : y + 60, x - 3 : x + 4]
    )
    assert 0.2 < trunk.any(axis=2).mean() < 1.0  # dashes along the midline
    none = draw_above(above(chain_px=None, trunk_px=None))
    np.testing.assert_array_equal(none, view.photo.pixels)
