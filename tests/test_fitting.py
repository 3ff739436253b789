"""What is fitted is what is applied, and it is judged by bodies that it was not fitted on."""

from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.dataset import Truth
from tiny_calibration import OUTLINE, found, landmarks, tiny
from vision.calibration import FADE_DEG
from vision.learned import CLIP_SIGMAS, likeness, linear, standardised, trees

Floats = NDArray[np.float64]


def truth_of(path: Path, make: str, person: str, details: dict[str, Any]) -> Truth:
    """Of an imaginary rendered photo."""
    angles = dict.fromkeys(
        ("thigh_deg", "knee_flexion_deg", "image_thigh_deg", "image_knee_flexion_deg"), 0.0
    )
    camera = dict.fromkeys(("roll_deg", "pitch_deg", "yaw_deg"), 0.0)
    return Truth(
        path=path,
        tested_leg="left",
        near_camera=True,
        head_towards="left",
        make=make,
        person=person,
        details=details,
        **angles,
        **camera,
    )


@pytest.fixture
def fitting() -> ModuleType:
    pytest.importorskip("sklearn")
    pytest.importorskip("scipy")
    from benchmarks import fitting

    return fitting


@pytest.fixture
def calibrate() -> ModuleType:
    pytest.importorskip("sklearn")
    pytest.importorskip("scipy")
    from benchmarks import calibrate

    return calibrate


@pytest.fixture
def left_out() -> ModuleType:
    pytest.importorskip("sklearn")
    pytest.importorskip("scipy")
    from benchmarks import left_out

    return left_out


def test_exported_trees_predict_what_scikit_learn_predicts(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    groups = []
    for factor in (3.0, -5.0):
        x = rng.normal(size=(150, 6))
        y = factor * np.sin(x[:, 0]) + x[:, 2] * x[:, 5] + rng.normal(size=150)
        groups.append((x, y, rng.uniform(0.5, 2.0, 150)))
    arrays = fitting.fit_trees("image_thigh", groups)
    stored = {key: array.astype(np.float32) for key, array in arrays.items()}
    unseen = rng.normal(size=(40, 6))
    for make, (x, y, weights) in enumerate(groups):
        ours = [trees(stored, "image_thigh", make, row) for row in unseen]
        model = fitting._trees().fit(x, y, sample_weight=weights)
        np.testing.assert_allclose(ours, model.predict(unseen), atol=1e-4)


def test_a_fitted_map_is_applied_as_it_was_fitted(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    x = rng.normal(3.0, 2.0, size=(4000, 3))
    weights = fitting.fit_ridge(x, x[:, 0] - 2 * x[:, 1] + 7)
    mean, scale = fitting.moments(x)
    for row in x[:5]:
        assert linear(row, mean, scale, weights) == pytest.approx(row[0] - 2 * row[1] + 7, abs=0.3)
    odd = mean + 100 * scale
    assert standardised(odd, mean, scale).tolist() == [CLIP_SIGMAS] * 3


def test_a_constant_input_is_no_reason_to_divide_by_nothing(fitting: ModuleType) -> None:
    mean, scale = fitting.moments(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert (mean.tolist(), scale.tolist()) == ([2.0, 5.0], [1.0, 1.0])


# --- the general correction ---------------------------------------------------------------------


def test_what_only_tells_the_makes_apart_becomes_no_slope(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    """Input 0 works within each make; input 1 only names the make, whose zeros differ by 10."""
    count = 600
    makes = np.array(["a"] * count + ["b"] * (count // 3))
    x = rng.normal(size=(len(makes), 3))
    x[:, 1] = np.where(makes == "a", -1.0, 1.0) + 0.01 * rng.normal(size=len(makes))
    y = 2 * x[:, 0] + np.where(makes == "a", 0.0, 10.0) + 0.1 * rng.normal(size=len(makes))
    weights = fitting.fit_general(x, y, makes, (0, 1), 1.0)
    assert weights[0] == pytest.approx(2.0, abs=0.05)
    assert abs(weights[1]) < 1.5  # the other way it would be 5
    assert weights[2] == 0.0  # not among the inputs that are used
    # The zero lies half-way between the makes', however many photos each has.
    assert weights[-1] == pytest.approx(5.0, abs=0.1)


def test_every_make_has_the_same_say_about_its_own_mean(fitting: ModuleType) -> None:
    makes = np.array(["a"] * 6 + ["b"] * 2)
    y = np.array([1.0, 2, 3, 1, 2, 3, 11, 13])
    moved, weights = fitting.about_means(y, makes)
    assert moved.tolist() == [6.0, 7, 8, 6, 7, 8, 6, 8]  # both about 7, half-way from 2 to 12
    assert weights[:6].sum() == pytest.approx(weights[6:].sum())
    assert weights.sum() == pytest.approx(8)


def test_more_penalty_means_less_slope(fitting: ModuleType, rng: np.random.Generator) -> None:
    x, makes = rng.normal(size=(300, 1)), np.array(["a", "b"] * 150)
    slopes = [fitting.fit_general(x, 3 * x[:, 0], makes, (0,), p)[0] for p in (0.0, 100.0, 1e4)]
    assert slopes[0] == pytest.approx(3.0)
    assert 3.0 > slopes[1] > slopes[2] > 0


# --- likeness -----------------------------------------------------------------------------------


def test_a_body_is_like_its_own_make_and_a_stranger_like_none(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    mixing = rng.normal(size=(8, 8))
    a, b = (rng.normal(size=(300, 8)) @ mixing + shift for shift in (0.0, 6.0))
    persons = np.arange(300).astype(str)
    arrays = fitting.fit_likeness([(a[:250], persons[:250]), (b[:250], persons[:250])])
    for make, unseen in ((0, a[250:]), (1, b[250:])):
        found_makes, shares = zip(*(likeness(arrays, one) for one in unseen), strict=True)
        assert set(found_makes) == {make}
        assert 0.4 < np.mean(np.array(shares) == 1) < 0.8  # 60 % of a make's own
        assert np.mean(np.array(shares) == 0) < 0.15  # 5 %
    for stranger in rng.normal(size=(20, 8)) @ mixing - 40.0:
        assert likeness(arrays, stranger)[1] == 0.0


# --- standard errors ----------------------------------------------------------------------------


def test_fitted_sigmas_follow_what_they_depend_on(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    terms = np.column_stack((np.ones(4000), rng.integers(0, 2, 4000), rng.uniform(0, 10, 4000)))
    true = np.array([0.5, -0.4, 0.1])
    residual = rng.normal(size=4000) * np.exp(terms @ true)
    fitted = fitting.fit_log_sigma(terms, residual, np.ones(4000))
    np.testing.assert_allclose(fitted, true, atol=0.1)


def test_the_worst_group_decides_how_wide_intervals_must_be(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    groups = np.array(["a"] * 500 + ["b"] * 500)
    residual = rng.normal(size=1000) * np.where(groups == "a", 1.0, 3.0)
    ratio = fitting.needed_ratio(np.ones(1000), residual, groups, 0.95)
    inside = np.abs(residual) <= 1.959964 * ratio
    assert inside[groups == "b"].mean() == pytest.approx(0.95, abs=0.002)
    assert inside[groups == "a"].mean() > 0.99


def strangers(left_out: ModuleType, rng: np.random.Generator, alike: float, off: float) -> Any:
    """Errors of two makes: of bodies that are so much alike, their zero so far off, degrees."""
    makes = np.array(["own"] * 300 + ["valid"] * 200)
    kept = rng.normal(off, 2.0, size=(500, 3))
    doubt = np.zeros((500, 8))
    doubt[:, 0], doubt[:, 1], doubt[:, 4] = 1.0, rng.integers(0, 2, 500), 1.0 - alike
    doubt[:, 2:4] = rng.uniform(0, 3, (500, 2))
    doubt[:, 5:] = rng.uniform(0, 1, (500, 3))
    rest = [np.zeros((500, 3))] * 4
    return makes, left_out.LeftOut(*rest, kept, kept, doubt, np.full(500, alike))


def test_intervals_hold_for_known_bodies_and_grow_until_they_hold_for_strangers(
    calibrate: ModuleType, left_out: ModuleType, rng: np.random.Generator
) -> None:
    makes, known = strangers(left_out, rng, 0.9, 0.0)
    _, strange = strangers(left_out, rng, 0.1, 2.5)
    arrays = calibrate.fit_sigmas({"make": makes}, known, strange)
    widths = []
    for found_errors in (known, strange):
        for column, joint in enumerate(("thigh", "knee", "shank")):
            half = 1.959964 * np.exp(found_errors.doubt @ arrays[f"{joint}_log_sigma"])
            inside = np.abs(found_errors.kept[:, column]) <= half
            for make in ("own", "valid"):
                assert inside[makes == make].mean() >= 0.945
            widths.append(half.mean())
    assert min(widths[3:]) > max(widths[:3])


# --- leaving out --------------------------------------------------------------------------------


def test_nobody_is_read_by_a_fit_that_knew_him(left_out: ModuleType) -> None:
    columns = {
        "make": np.array(["own"] * 30 + ["valid"] * 60),
        "person": np.array([str(k) for k in range(30)] + [str(k % 12) for k in range(60)]),
        "plain": np.zeros((90, 2)),
    }
    names = np.char.add(columns["make"], columns["person"])
    for scheme, groups in (("person", names), ("make", columns["make"])):
        tested = []
        for train, test in left_out.folds(columns, scheme):
            assert not set(groups[train]) & set(groups[test])
            tested += test.tolist()
        assert sorted(tested) == list(range(90))


def test_the_special_and_the_general_part_are_judged_apart(left_out: ModuleType) -> None:
    arrays = tiny().arrays
    unknown, known = (arrays | {"likeness_fade": fade} for fade in left_out._fades(arrays))
    for away in (0.0, 3.0, 8.0):
        photo = landmarks(away)
        value = np.concatenate((photo, np.zeros(OUTLINE)))
        assert likeness(unknown, value)[1] == 0.0
        assert likeness(known, value) == (int(away > 5), 1.0)
    assert FADE_DEG > 0


# --- side ---------------------------------------------------------------------------------------


def test_fitted_log_odds_are_applied_as_they_were_fitted(
    fitting: ModuleType, rng: np.random.Generator
) -> None:
    edges = rng.normal(size=(120, 3))
    near = edges[:, 0] + 0.5 * rng.normal(size=120) > 0
    fitted = fitting.fit_logit(edges, near, 1.0)
    silent = {"side_weights": np.zeros_like(tiny().arrays["side_weights"])}
    calibration = tiny(**silent, **{f"edge_{key}": array for key, array in fitted.items()})
    edges[0] *= 100  # clipped by both
    ours = [calibration.near_log_odds(found(edges=row)) for row in edges]
    np.testing.assert_allclose(ours, fitting.log_odds(edges, fitted))
    assert ((np.array(ours) > 0) == near).mean() > 0.8


# --- the table of makes -------------------------------------------------------------------------


@pytest.fixture
def makes() -> ModuleType:
    pytest.importorskip("sklearn")
    pytest.importorskip("scipy")
    from benchmarks import makes

    return makes


def test_errors_are_summed_up_with_their_signs(makes: ModuleType) -> None:
    assert makes.summary(np.array([-4.0, 0.0, 1.0])) == "1.67 / −1.0 / 2.16 / 4.0"


def test_a_make_is_not_judged_by_intervals_that_knew_it(
    makes: ModuleType,
    left_out: ModuleType,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where one make's errors are three times the other's, its own intervals do not help it."""
    names, known = strangers(left_out, rng, 0.9, 0.0)
    _, strange = strangers(left_out, rng, 0.9, 0.0)
    for found_errors in (known, strange):
        found_errors.kept[names == "valid"] *= 3
    whole = {"person": known, "make": strange}

    def without(rest: dict[str, Any], scheme: str, _fit: object) -> Any:
        kept = np.isin(names, np.unique(rest["make"]))
        assert scheme == "make"
        assert kept.sum() == len(rest["make"]) < len(names)
        return strange.rows(np.flatnonzero(kept))

    monkeypatch.setattr(makes, "predict_left_out", without)
    sigmas = makes.left_out_sigmas({"make": names}, whole)
    share = {scheme: np.abs(one.kept) <= 1.96 * sigmas[scheme] for scheme, one in whole.items()}
    assert share["make"][names == "own"].mean() > 0.99
    assert share["make"][names == "valid"].mean() < 0.6
    assert share["person"][names == "valid"].mean() >= 0.94


# --- kinds of photo -----------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["left", "right"])
@pytest.mark.parametrize(
    ("thigh", "below", "dark"), [(20, 20, True), (20, 200, False), (200, 20, False)]
)
def test_dark_on_dark_is_seen_at_the_thigh_and_below_it(
    tmp_path: Path, head: str, thigh: int, below: int, dark: bool
) -> None:
    from benchmarks.make_groups import dark_on_dark

    picture = np.full((200, 300), 128, np.uint8)
    picture[90:111], picture[111:] = thigh, below
    hip, knee = ([100, 100], [200, 100]) if head == "left" else ([200, 100], [100, 100])
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    details = {"test_leg_sect": {"uv": [hip, knee, knee, knee]}}
    assert dark_on_dark(truth_of(tmp_path / "a.png", "valid", "", details)) == dark


@pytest.mark.parametrize(
    ("make", "person", "details", "dark", "trousers"),
    [
        ("own", "a", {"look": {"fitz": 4}, "clothes": {"bottom": "leggings"}}, True, True),
        ("own", "a", {"look": {"fitz": 3}, "clothes": {"bottom": "mid"}}, False, False),
        ("valid", "Black_F_1", {"outfit": "Default"}, True, False),
        ("valid", "White_F_1", {"outfit": "Busi"}, False, True),
        ("rocketbox", "Sports_Male_01", {"outfit": "shorts", "dark_skin": False}, False, False),
        ("rocketbox", "Male_Adult_12", {"outfit": "trousers", "dark_skin": True}, True, True),
    ],
)
def test_every_make_names_skin_and_clothes_its_own_way(
    make: str, person: str, details: dict[str, Any], dark: bool, trousers: bool
) -> None:
    from benchmarks.make_groups import is_dark, wears_trousers

    truth = truth_of(Path("a.png"), make, person, details | {"params": details})
    assert (is_dark(truth), wears_trousers(truth)) == (dark, trousers)
