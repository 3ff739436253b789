"""The page's own formulas, run in a real browser, against the server's: the same to the digit."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from app.results.convert import rounded
from app.results.rescore import score
from app.results.rescore_input import PointsIn, ScoreIn
from app.results.schemas import MeasurementOut
from app.results.wording import shank_interval_words, thigh_interval_words
from app.service.openapi import EXAMPLE
from app.web.editor import TEXTS, constants, correction, shared_data
from app.web.svg_overlay import layer
from vision.adjustment import read_points
from vision.angles import shank_from_plumb_deg
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import find, judge, worst
from vision.observations import NOTHING_OBSERVED, Observations
from vision.overlay import LEG_DRAWING

NEAR = 1e-9
"""Degrees."""
CASES = 400
HURTS = Observations(hip_pain="yes", rotation="outward", abducted="no")
FINE = Observations(
    hip_pain="no", knee_pain="no", rotation="none", abducted="no", lower_back_flat="yes"
)
OPEN = {
    NOTHING_OBSERVED: ["pain", "rotation", "lower_back_flat"],
    HURTS: ["lower_back_flat"],
    FINE: [],
}
"""What the server says is still open after each answer."""
LOWER_KNEE = RuleSet(
    id="own", version="1", title="Own", thigh_max_deg=-4.5, knee_min_deg=61.5,
    knee_follows_thigh="both", citation="None.",
)  # fmt: skip
RULES = (*RULE_SETS.values(), LOWER_KNEE)


@pytest.fixture(scope="module")
def page(browser: Browser, service: str) -> Iterator[Page]:
    """A page of the service that has our modules at hand."""
    page = browser.new_page()
    page.goto(f"{service}/docs")
    yield page
    page.close()


def run(page: Page, module: str, code: str, argument: Any) -> Any:
    """Evaluate an expression of ``module`` and ``given`` in the browser, from the served file."""
    script = (
        "async (text) => { const given = JSON.parse(text); "
        f"const it = await import('./static/{module}.js'); return JSON.stringify({code}); }}"
    )
    return json.loads(page.evaluate(script, json.dumps(argument)))


def data(case: dict[str, Any]) -> dict[str, Any]:
    """What the page holds of one leg and of all legs, put together as its scripts do."""
    own = correction(case["measurement"], case["rules"], None)
    assert own is not None
    return {**shared_data(), **own, "measurement": case["measurement"].model_dump(mode="json")}


def angle(value: float, half: float) -> dict[str, Any]:
    return {"value": rounded(value), "interval": [rounded(value - half), rounded(value + half)]}


def a_chain(rng: np.random.Generator) -> np.ndarray:
    """A leg of any size in any direction, mostly one that a Thomas Test shows."""
    head, thigh = rng.choice([-1, 1]), rng.choice([rng.uniform(-40, 40), rng.uniform(-180, 180)])
    knee = thigh - rng.choice([rng.uniform(0, 130), rng.uniform(-180, 180)])
    limbs = [
        rng.uniform(20, 400) * np.array([head * np.cos(a), -np.sin(a)])
        for a in np.radians([thigh, knee])
    ]
    hip = rng.uniform(0, 900, 2)
    return np.round(np.array([hip, hip + limbs[0], hip + limbs[0] + limbs[1]]), 1)


def points(chain: np.ndarray) -> dict[str, Any]:
    return {
        name: {"x_px": float(x), "y_px": float(y)}
        for name, (x, y) in zip(("hip", "knee", "ankle"), chain, strict=True)
    }


def a_case(rng: np.random.Generator) -> dict[str, Any]:
    """A measurement or a refusal, points and a level that a person set, and a rule-set."""
    refused, said = rng.random() < 0.25, rng.choice([NOTHING_OBSERVED, FINE, HURTS])  # type: ignore[arg-type]
    rules, chain = RULES[rng.integers(len(RULES))], a_chain(rng)
    roll, half = rng.normal(0, 3), rng.uniform(0.5, 4)
    numbers: dict[str, Any] = dict.fromkeys(
        (
            "tested_leg",
            "thigh_deg",
            "knee_flexion_deg",
            "shank_from_plumb_deg",
            "image_plane",
            "points",
        )
    )
    if not refused:
        image = rng.uniform(-50, 50), rng.uniform(0, 140)
        thigh, knee = image[0] + rng.normal(0, 3), image[1] + rng.normal(0, 4)
        shank = shank_from_plumb_deg(thigh, knee)
        numbers = {
            "thigh_deg": angle(thigh, rng.uniform(2, 12)),
            "knee_flexion_deg": angle(knee, rng.uniform(2, 14)),
            "shank_from_plumb_deg": angle(shank, rng.uniform(2, 12)),
            "image_plane": dict(
                zip(("thigh_deg", "knee_flexion_deg"), map(rounded, image), strict=True)
            ),
            "points": points(a_chain(rng) if rng.random() < 0.8 else chain),
        }
    return {
        "rules": rules,
        "measurement": MeasurementOut.model_validate({
            **EXAMPLE, **numbers,
            "level": {"roll_deg": rounded(roll), "source": "scene",
                      "interval": [rounded(roll - half), rounded(roll + half)]},
            "observations": {name: getattr(said, name) for name in EXAMPLE["observations"]},
            "judged": {"done": [], "open": OPEN[said]},
            "flags": [],
        }),
        "points": points(chain),
        "level": None if rng.random() < 0.6 else float(rng.uniform(-45, 45)),
        "head": str(rng.choice(["left", "right"])),
    }  # fmt: skip


def served(case: dict[str, Any]) -> dict[str, Any]:
    """What the server says, and the unrounded angles behind it."""
    measured, wanted = case["measurement"], PointsIn.model_validate(case["points"])
    out = score(
        ScoreIn(
            measurement=measured, points=wanted, level_deg=case["level"], head_towards=case["head"]
        ),
        case["rules"],
    )
    found = {one.criterion: one.verdict for one in out.findings}
    return {
        "rounded": [
            [one.value, *one.interval]
            for one in (out.thigh_deg, out.knee_flexion_deg, out.shank_from_plumb_deg)
            if one
        ],
        "verdicts": {
            "thigh": found.get("thigh"),
            "knee": found.get("knee"),
            "overall": out.verdict,
        },
        "blocked": {flag.code for flag in out.flags if flag.blocking},
        "final": out.status == "final",
        "adjusted": out.thigh_deg is not None and out.thigh_deg.source == "adjusted",
        "roll": out.level.roll_deg if out.level else None,
    }


def state(case: dict[str, Any]) -> dict[str, Any]:
    """Points, level and head as the page holds them."""
    chain = {name: {"x": one["x_px"], "y": one["y_px"]} for name, one in case["points"].items()}
    return {**chain, "level": case["level"], "head": case["head"]}


def in_browser(page: Page, cases: list[dict[str, Any]]) -> list[Any]:
    given = [{"data": data(case), "state": state(case)} for case in cases]
    code = "given.map((one) => it.score(one.state, one.data))"
    found: list[Any] = run(page, "scoring", code, given)
    return found


def test_live_values_and_verdicts_are_the_servers(page: Page, rng: np.random.Generator) -> None:
    cases = [a_case(rng) for _ in range(CASES)]
    seen = set()
    impossible = 0
    for case, live in zip(cases, in_browser(page, cases), strict=True):
        server = served(case)
        if live is None:
            assert server["blocked"]
            assert server["blocked"] <= {"impossible_knee", "impossible_thigh", "impossible_leg"}
            impossible += 1
            continue
        assert not server["blocked"]
        angles = [
            [live["reading"][name]["value"], *live["intervals"][name]]
            for name in ("thigh", "knee", "shank")
        ]
        assert [[rounded(one) for one in angle] for angle in angles] == server["rounded"]
        assert live["verdicts"] == server["verdicts"]
        assert (live["adjusted"], rounded(live["roll"])) == (server["adjusted"], server["roll"])
        assert live["final"] == server["final"]
        seen |= {(case["rules"].id, live["verdicts"]["overall"])}
    assert impossible > CASES / 20
    assert {rules for rules, _ in seen} == {rules.id for rules in RULES}
    assert {verdict for _, verdict in seen} >= {"pass", "borderline", "fail"}


def test_unrounded_angles_agree_to_a_billionth_of_a_degree(
    page: Page, rng: np.random.Generator
) -> None:
    hows = []
    for _ in range(CASES):
        offset = None if rng.random() < 0.3 else [float(rng.normal(0, 4)), float(rng.normal(0, 4))]
        hows.append({
            "chain": a_chain(rng).tolist(), "head": str(rng.choice(["left", "right"])),
            "roll": float(rng.uniform(-45, 45)), "rollSigma": float(rng.uniform(0, 3)),
            "offset": offset,
        })  # fmt: skip
    code = (
        "given.hows.map(({chain, ...how}) => { const [hip, knee, ankle] = "
        "chain.map(([x, y]) => ({x, y})); const read = it.readPoints({hip, knee, ankle}, how, "
        "given.constants); return {...read, verdicts: given.rules.map((rules) => "
        "it.judgeReading(read, rules, [], given.constants))}; })"
    )
    plain = [
        {
            name: getattr(one, name)
            for name in ("thigh_max_deg", "knee_min_deg", "knee_follows_thigh", "shank_max_deg")
        }
        for one in RULES
    ]
    given = {"hows": hows, "constants": constants(), "rules": plain}
    for how, live in zip(hows, run(page, "scoring", code, given), strict=True):
        expected = read_points(
            np.array(how["chain"]),
            head_towards=how["head"],
            roll_deg=how["roll"],
            roll_sigma_deg=how["rollSigma"],
            camera_offset_deg=tuple(how["offset"]) if how["offset"] else None,
        )
        reading = expected.reading
        for name, angle in (
            ("thigh", reading.thigh),
            ("knee", reading.knee_flexion),
            ("shank", reading.shank_from_plumb),
        ):
            assert live[name]["value"] == pytest.approx(angle.value_deg, abs=NEAR)
            assert live[name]["sigma"] == pytest.approx(angle.sigma_deg, abs=NEAR)
        assert live["image"]["thigh"] == pytest.approx(expected.image_thigh_deg, abs=NEAR)
        assert live["image"]["knee"] == pytest.approx(expected.image_knee_flexion_deg, abs=NEAR)
        for rules, verdicts in zip(RULES, live["verdicts"], strict=True):
            silent = find(reading, rules, NOTHING_OBSERVED)
            found = {one.criterion: one.verdict for one in silent}
            assert verdicts == {
                "thigh": found["thigh"], "knee": found.get("knee"), "overall": worst(silent),
            }  # fmt: skip


def test_the_cut_off_belongs_to_the_good_side_and_halves_round_to_even(page: Page) -> None:
    ends = [[-2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [-1.0, 1.0, 0.0], [80.0, 90.0, 80.0]]
    for below in (True, False):
        code = f"given.map(([a, b, cut]) => it.judge([a, b], cut, {str(below).lower()}))"
        found = run(page, "scoring", code, ends)
        assert found == [judge((a, b), cut, good_below=below) for a, b, cut in ends]
    values = [0.25, 0.35, 0.75, -0.25, -0.75, 1.25, 2.05, -0.04, 0.05, 12.349999, 99.95]
    assert run(page, "scoring", "given.map(it.rounded)", values) == [rounded(one) for one in values]


def test_points_on_each_other_have_no_reading(page: Page) -> None:
    case = a_case(np.random.default_rng(3))
    for joint in ("hip", "ankle"):
        case["points"] = points(np.array([[10, 10], [90, 20], [80, 90]]))
        case["points"][joint] = case["points"]["knee"]
        assert in_browser(page, [case]) == [None]


def test_lines_and_words_are_the_servers(page: Page, rng: np.random.Generator) -> None:
    drawn, given = [], []
    for case in (a_case(rng) for _ in range(40)):
        head, roll = case["head"], case["measurement"].level.roll_deg
        changes = {
            "points": case["points"],
            "head_towards": head,
            "level": case["measurement"].level,
        }
        one = layer(MeasurementOut.model_validate({**EXAMPLE, **changes}), None)
        assert one is not None
        drawn.append(one.lines)
        size = {"width": one.width, "height": one.height}
        given.append([state(case), roll, head, size, asdict(LEG_DRAWING)])
    for lines, found in zip(
        drawn, run(page, "layer", "given.map((one) => it.layer(...one))", given), strict=True
    ):
        assert set(found) == set(lines)
        for name, path in lines.items():
            assert numbers(found[name]) == pytest.approx(numbers(path), abs=0.11), name
    ends = [(-0.2, 11.7), (2.1, 9.5), (-23.3, -3.9), (0.0, 4.0), (-4.0, 0.0)]
    code = "given.ends.map((one) => it.thighIntervalWords(one, given.texts))"
    words = run(page, "words", code, {"ends": ends, "texts": TEXTS})
    assert words == [thigh_interval_words(one) for one in ends]
    code = "given.ends.map((one) => it.shankIntervalWords(one, given.texts))"
    words = run(page, "words", code, {"ends": ends, "texts": TEXTS})
    assert words == [shank_interval_words(one) for one in ends]


def numbers(path: str) -> list[float]:
    for letter in "MLAh":
        path = path.replace(letter, " ")
    return [float(one) for one in path.split()]
