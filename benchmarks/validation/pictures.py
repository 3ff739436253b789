"""Real pictures: what is refused, what is measured, and the level against the phones' own."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from benchmarks.markdown import number, share, table
from benchmarks.positions import first_blocking
from benchmarks.resampling import share_interval
from benchmarks.validation.evidence import JOINTS, Evidence, Record

SOURCES: Final = {
    "yuhonas/free-exercise-db": "exercises in gyms",
    "utsav2311/advance-physiotherapy-center": "a physiotherapy practice's site",
    "Sadnan-2019/leap-physiotherapy": "a physiotherapy practice's site",
    "Sunita-19/YogaPose": "yoga postures",
    "texwebsolutionprivatelimited/healstride-physiotherapy": "a physiotherapy practice's site",
    "motegui/FITCENTER-APP": "exercises in gyms",
}
"""What the public repositories show."""
NOT_A_TEST: Final = "not a test"
LYING_LEG: Final = "lying leg"


def specificity_table(evidence: Evidence) -> str:
    """Pictures that are not a Thomas Test: given a verdict, a pass, and why they were refused."""
    public = evidence.positions["public"]
    groups: dict[str, list[Record]] = {}
    for one in public:
        if one["what"] == NOT_A_TEST:
            groups.setdefault(SOURCES[one["repo"]], []).append(one)
    rows = [["**all public pictures**", *_judged([r for r in public if r["what"] == NOT_A_TEST])]]
    rows += [[kind, *_judged(found)] for kind, found in groups.items()]
    lying = [one for one in public if one["what"] == LYING_LEG]
    rows.append(["both legs on the floor, one knee drawn up", *_judged(lying)])
    rows.append(
        ["our own: standing, sitting, prone, nobody …", *_judged(evidence.positions["negatives"])]
    )
    return table(["pictures", "number", "given a verdict", "a pass", "refused for"], rows)


def _judged(records: Sequence[Record]) -> list[str]:
    given = [one for one in records if one["verdict"] is not None]
    why = Counter(first_blocking(one["flags"]) for one in records if one["verdict"] is None)
    reasons = ", ".join(f"`{code}` {count}" for code, count in why.most_common(5))
    rest = sum(why.values()) - sum(count for _, count in why.most_common(5))
    passed = sum(one["verdict"] == "pass" for one in given)
    told = share(len(given), len(records)).split(", ", 1)[1]
    return [
        str(len(records)),
        f"{len(given)}: {told}",
        str(passed),
        reasons + (f", others {rest}" if rest else ""),
    ]


def specificity(evidence: Evidence) -> dict[str, Any]:
    """Counts for the text."""
    public = [one for one in evidence.positions["public"] if one["what"] == NOT_A_TEST]
    given = sum(one["verdict"] is not None for one in public)
    kinds = {one["kind"] for one in public}
    return {
        "n": len(public),
        "given": given,
        "upper": 100 * share_interval(given, len(public))[1],
        "kinds": len(kinds),
        "sources": len({one["repo"] for one in public}),
    }


def lost_table(evidence: Evidence) -> str:
    """Genuine test positions that were refused: renders by set."""
    words = {
        "dev": "own generator, `dev`",
        "train": "own generator, training",
        "other_bodies": "VALID avatars, training",
    }
    rows = []
    for one in evidence.positions["renders"]:
        refused = sum(one["refused"].values())
        why = ", ".join(
            f"`{code}` {n}" for code, n in sorted(one["refused"].items(), key=lambda p: -p[1])
        )
        rows.append(
            [
                words[one["set"]],
                share(one["photos"] - refused, one["photos"]),
                why,
                str(one["leg_wrong"]),
            ]
        )
    return table(["genuine positions", "measured", "refused for", "wrong leg"], rows)


def transformed_table(evidence: Evidence) -> str:
    """Renders turned, pasted in pairs and tilted: verdicts, and silent wrong ones."""
    rows = [
        [one["how"], str(one["n"]), str(one["verdicts"]), str(one["silent"])]
        for one in sorted(
            _transformed(evidence.positions["transformed"]), key=lambda one: str(one["how"])
        )
    ]
    return table(["how", "photos", "verdicts", "silently wrong"], rows)


def _transformed(records: Sequence[Record]) -> list[dict[str, Any]]:
    groups: dict[str, list[Record]] = {}
    for one in records:
        groups.setdefault(one["kind"].split(", corners")[0], []).append(one)
    return [
        {
            "how": how,
            "n": len(found),
            "verdicts": sum(one["verdict"] != "not_measurable" for one in found),
            "silent": sum(one["silent"] for one in found),
        }
        for how, found in groups.items()
    ]


def phone_table(phones: dict[str, Any]) -> str:
    """The level read off the scene against the accelerometer of the phone that took the photo."""
    rows = []
    for name, one in phones.items():
        pitch = (
            "–" if one["pitch_deg"] is None else f"{number(one['pitch_deg'])} ({one['pitch_n']})"
        )
        rows.append(
            [
                name,
                str(one["n"]),
                str(one["read"]),
                *(number(one[f"{key}_deg"], 2) for key in ("mean", "p95", "worst")),
                share(one["inside"], one["n"]).split(", ", 1)[1],
                str(one["far"]),
                pitch,
            ]
        )
    head = ["photos", "n", "read", "roll: mean error", "95th percentile", "worst"]
    return table([*head, "inside 95 %", "beyond 3 σ", "pitch: mean error (n)"], rows)


def labelled(measured_real: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the private photographs; neither names nor descriptions of them."""
    rows = [row for row in measured_real["rows"] if row["position"]]
    done = [row for row in rows if row["refusal"] is None]
    given = [row for row in rows if isinstance(row["leg_given"], list)]
    error = np.array([np.subtract(row["leg_given"], row["truth"]) for row in given])
    others = [row for row in measured_real["rows"] if not row["position"]]
    negatives = measured_real["negatives"]
    return {
        "n": len(rows),
        "photographs": sum(row["kind"] == "photo" for row in rows),
        "measured": len(done),
        "asked": sum(row["refusal"] == "side_uncertain" for row in rows),
        "wrong_leg": sum(not row["leg_right"] for row in done),
        "given": len(given),
        "errors": [
            {"joint": joint, "list": ", ".join(number(e, sign=True) for e in error[:, c])}
            for c, joint in enumerate(JOINTS)
        ],
        "mae": np.abs(error).mean(axis=0).tolist(),
        "knee_most": max(row["truth"][1] for row in rows),
        "others": len(others),
        "others_refused": sum(row["refusal"] is not None for row in others),
        "negatives": len(negatives),
    }
