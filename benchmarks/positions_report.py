"""`benchmarks.positions`' findings as Markdown."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from benchmarks.markdown import share, table
from vision.cues import CUES
from vision.flags import FLAG_KINDS

HEAD: Final = """# Photos that are not a Thomas Test

Regenerate with `python -m benchmarks.positions --public … --negatives … --renders …`. The public
pictures (people in gyms, yoga classes and clinics) and the negatives are private: licences forbid
that they are passed on. Renders are those of the two generators. """


def report(found: dict[str, Any]) -> str:
    """Write the whole report."""
    ran = found["machine"]
    parts = [
        f"{HEAD}\nMeasured on {ran['cpu']}, Python {ran['python']}, commit {ran['commit']}.\n",
        _public(found["public"]),
        f"## Older negatives\n\n{_verdicts(found['negatives'])}\n",
        _renders(found["renders"]),
        _transformed(found["transformed"]),
        _ablation(found["public"]),
        _cues(found["renders"]),
    ]
    return "\n".join(part for part in parts if part)


def _verdicts(records: Sequence[dict[str, Any]]) -> str:
    wrong = [one for one in records if one["verdict"] is not None]
    passed = sum(one["verdict"] == "pass" for one in wrong)
    return f"{share(len(wrong), len(records))} got a verdict, {passed} of them a pass."


def _reasons(records: Iterable[dict[str, Any]]) -> str:
    counts = Counter(_reason(one) for one in records)
    return ", ".join(f"{code} {count}" for code, count in counts.most_common())


def _reason(record: dict[str, Any]) -> str:
    blocking = [
        code for code in record["flags"] if code not in FLAG_KINDS or FLAG_KINDS[code].blocking
    ]
    return blocking[0] if record["verdict"] is None else f"**{record['verdict']}**"


def _public(records: Sequence[dict[str, Any]]) -> str:
    by_what = defaultdict(list)
    for one in records:
        by_what[one["what"]].append(one)
    lines = [f"## Public pictures: {len(records)}\n"]
    for what, some in by_what.items():
        lines.append(f"- {what}: {_verdicts(some)}")
    lying = by_what.get("lying leg", [])
    flagged = sum("leg_supported" in one["flags"] for one in lying if one["verdict"] is not None)
    lines.append(f"- of the lying legs with a verdict {flagged} are flagged `leg_supported`.\n")
    lines.append(_grouped(records, "repo", "Repository", least=1))
    lines.append("\n" + _grouped(records, "kind", "Posture (at least 4 pictures)", least=4))
    wrong = [one for one in by_what["not a test"] if one["verdict"] is not None]
    lines.append("\nRemaining wrong verdicts:\n" if wrong else "\nNo wrong verdict remains.\n")
    for one in wrong:
        flags = ", ".join(one["flags"]) or "no flag"
        lines.append(f"- `{one['file']}` ({one['kind']}): {one['verdict']}, {flags}")
    return "\n".join(lines) + "\n"


def _grouped(records: Sequence[dict[str, Any]], key: str, title: str, *, least: int) -> str:
    groups = defaultdict(list)
    for one in records:
        groups[one[key]].append(one)
    rows = [
        [name, str(len(some)), str(sum(one["verdict"] is not None for one in some)), _reasons(some)]
        for name, some in sorted(groups.items(), key=lambda item: -len(item[1]))
        if len(some) >= least
    ]
    return table((title, "Pictures", "Verdicts", "What was said"), rows)


def _renders(sets: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            one["set"],
            str(one["photos"]),
            share(sum(one["refused"].values()), one["photos"]),
            ", ".join(f"{code} {count}" for code, count in one["refused"].items()) or "–",
            str(one["doubtful"]),
            str(one["supported"]),
            str(one["leg_wrong"]),
        ]
        for one in sets
    ]
    head = ("Set", "Photos", "Refused", "Why", "Doubtful", "Leg lies", "Leg wrong")
    return f"## Renders: what is lost\n\n{table(head, rows)}\n"


def _transformed(records: Sequence[dict[str, Any]]) -> str:
    if not records:
        return ""
    groups = defaultdict(list)
    for one in records:
        groups[one["kind"]].append(one)
    rows = []
    for kind, some in groups.items():
        read = [one for one in some if "inside" in one]
        inside = [sum(one["inside"][i] for one in read) for i in (0, 1)]
        rows.append(
            [
                kind,
                str(len(some)),
                str(sum(one["verdict"] != "not_measurable" for one in some)),
                str(sum(one["silent"] for one in some)),
                f"{inside[0]} and {inside[1]} of {len(read)}" if read else "–",
                _reasons([one | {"verdict": None} for one in some if _unread(one)]) or "–",
            ]
        )
    head = (
        "How",
        "Photos",
        "Verdicts",
        "Silent wrong verdicts",
        "Truth inside, thigh and knee",
        "Refused for",
    )
    return f"## Turned, pasted in pairs, tilted\n\n{table(head, rows)}\n"


def _unread(record: dict[str, Any]) -> bool:
    return bool(record["verdict"] == "not_measurable")


def _ablation(records: Sequence[dict[str, Any]]) -> str:
    others = [one for one in records if one["what"] == "not a test"]
    counts = Counter(name for one in others for name in one["without"])
    rows = [[f"`{kind.name}`", str(counts[kind.name])] for kind in CUES]
    return (
        "## What each cue is needed for\n\nPictures that are no test and would be in position if "
        "this one cue were not asked (roll taken as 0; others may still block).\n\n"
        + table(("Cue left out", "Let through"), rows)
        + "\n"
    )


def _cues(sets: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            f"`{kind.name}`",
            kind.unit,
            f"{kind.limit:g}",
            f"{kind.impossible:g}",
            *(" / ".join(f"{value:g}" for value in one["cues"][kind.name]) for one in sets),
        ]
        for kind in CUES
    ]
    head = ("Cue", "Unit", "Limit", "Impossible", *(one["set"] for one in sets))
    return (
        "## What the cues read on renders\n\nLeast / 1st percentile / 99th percentile / greatest, "
        f"measured photos.\n\n{table(head, rows)}\n"
    )
