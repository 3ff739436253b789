"""The contact sheet: everything counted, what needs a look first, nothing that runs or loads."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from app.batch.sheet import report_sheet
from app.batch.storage import Folder
from app.batch.stored import RESULTS, read_results
from app.reports import contact_sheet
from app.reports.charts import BIN_DEG, ENDS_DEG, bin_counts, histogram, scatter
from app.reports.scales import DrawnAngle, place
from app.results.schemas import NOTICE
from page_reader import PageReader
from vision.criteria import RULE_SETS, RuleSet
from vision.flags import FLAG_KINDS
from vision.norms import NORMS
from vision.status import TITLES

ROOT: Final = Path(__file__).parents[1]
EXAMPLE: Final = json.loads((ROOT / "app/service/example.json").read_text("utf-8"))
GUIDE: Final = RULE_SETS["guide"]
ANGLES: Final[tuple[DrawnAngle, ...]] = ("thigh", "knee")
HOSTILE: Final = '"><script>alert(1)</script><img src=https://evil.test/x onerror=a()>'
Line = dict[str, Any]


def angle(value: float, half: float = 3.0) -> Line:
    return {"value": value, "interval": [value - half, value + half], "source": "automatic"}


def flags(*codes: str) -> list[Line]:
    return [asdict(FLAG_KINDS[code]) for code in codes]


def measured(path: str, *, thigh: float = 6.4, **changes: object) -> Line:
    angles = {"thigh_deg": angle(thigh), "knee_flexion_deg": angle(98.9)}
    title = TITLES["provisional"][changes.get("verdict", "fail")]  # type: ignore[index]
    headline = f"{title}: 2 of 4 criteria judged."
    return {"path": path, "key": "", **EXAMPLE, **angles, "headline": headline, **changes}


def refused(path: str, *codes: str) -> Line:
    nothing = ("tested_leg", "thigh_deg", "knee_flexion_deg", "image_plane", "points")
    changes = {"measurable": False, "verdict": "not_measurable", "findings": []}
    return {**measured(path), **dict.fromkeys(nothing), **changes, "flags": flags(*codes)}


def failed(path: str, code: str = "file_not_readable", message: str = "No.") -> Line:
    return {"path": path, "key": "", "error": {"code": code, "message": message, "advice": "Go."}}


def leg(subject: str, side: str, thigh: float, session: str = "") -> Line:
    tested = {"side": side, "source": "given", "near_camera": True}
    line = measured(f"{subject}{session}{side}{thigh}", thigh=thigh, tested_leg=tested)
    return {**line, "subject": subject, "session": session}


def sheet(out: Path, lines: Iterable[Line], rules: RuleSet = GUIDE) -> PageReader:
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (out / RESULTS).write_bytes(text.encode("utf-8", "backslashreplace"))
    with report_sheet(Folder(out), rules) as add:
        for line in read_results(Folder(out)):
            add(line)
    assert {path.name for path in out.iterdir()} == {RESULTS, "report.html"}
    return PageReader((out / "report.html").read_text("utf-8"))


def test_everything_is_counted(tmp_path: Path) -> None:
    lines = [
        *(measured(f"pass{index}", verdict="pass") for index in range(1100)),
        *(measured(f"fail{index}", flags=flags("level_assumed")) for index in range(7)),
        measured("line", verdict="borderline", flags=flags("oblique_view", "level_assumed")),
        *(refused(f"no{index}", "standing") for index in range(3)),
        *(failed(f"bad{index}") for index in range(2)),
        failed("again", "timed_out"),
        measured("again", verdict="pass"),
    ]
    text = sheet(tmp_path, lines).text
    assert "1,109 of 1,114 photos" in text
    assert "1,101 Pass 1 Borderline 7 Fail 3 Not measurable 2 Errors" in text
    for number, code in ((8, "level_assumed"), (1, "oblique_view"), (3, "standing")):
        kind = FLAG_KINDS[code]
        assert f"{number} {kind.text} {kind.advice}" in text
    assert "2 file_not_readable Go." in text
    assert "timed_out" not in text
    assert text.count(NOTICE) == 1


def test_what_needs_a_look_comes_first(tmp_path: Path) -> None:
    lines = [
        measured("d/z-fail.jpg"),
        measured("d/a-pass.jpg", verdict="pass"),
        measured("d/b-line.jpg", verdict="borderline"),
        measured("d/y-prov.jpg"),
        measured("d/x-flag.jpg", verdict="borderline", flags=flags("oblique_view")),
        refused("d/c-no.jpg", "prone"),
        failed("d/w-bad.jpg"),
        failed("d/v-bad.jpg"),
    ]
    text = sheet(tmp_path, lines).text
    shown = " ".join(re.findall(r"d/ (\S+)\.jpg", text))
    assert shown == "v-bad w-bad c-no x-flag b-line a-pass y-prov z-fail"
    assert "Errors 2 These files" in text
    assert "Borderline so far d/ x-flag.jpg" in text
    assert "Fails so far d/ y-prov.jpg" in text
    assert "Provisional: the lower back was not checked." in text


def test_a_card_says_what_was_read(tmp_path: Path) -> None:
    line = {**measured("a/b/c.jpg", thigh=-1.5), "subject": "P1", "thumbnail": "QUJD"}
    page = sheet(tmp_path, [line])
    assert (
        "Fails so far a/b/ c.jpg Left leg · P1 Thigh 1.5° below 4.5° below to 1.5° above"
        in page.text
    )
    assert "Knee bent 98.9° bent 95.9° to 101.9°" in page.text
    assert ("src", "data:image/jpeg;base64,QUJD") in page.attributes
    assert "1 of 1 photo " in page.text


def test_nothing_of_a_user_gets_out_of_its_place(tmp_path: Path) -> None:
    out = tmp_path / f"run {HOSTILE.replace('/', '∕')}\n"
    out.mkdir()
    lines = [
        {**leg(HOSTILE, "left", 1.0, HOSTILE), "path": f"new\nline/{HOSTILE}\udcff\u202e.jpg"},
        leg(HOSTILE, "right", 1.0, HOSTILE),
        {**measured(HOSTILE, provisional=HOSTILE), "thumbnail": HOSTILE},
        failed(f"bad{HOSTILE}", HOSTILE, f"{HOSTILE}\x1b[2J"),
        measured("long" * 2000),
    ]
    page = sheet(out, lines)
    assert "script" not in page.tags
    assert page.tags.count("img") == 1
    assert "onerror" not in dict(page.attributes)
    for shown in (r"new\nline/", r"\udcff\u202e.jpg", r"\x1b[2J"):
        assert shown in page.text
    assert len(max(page.texts, key=len)) < 2000


def test_it_runs_and_loads_nothing(tmp_path: Path) -> None:
    lines = [leg("P", side, 2.0) for side in ("left", "right")]
    page = sheet(tmp_path, [*lines, {**refused("r", "prone"), "thumbnail": "QUJD"}])
    assert not {"script", "iframe", "object", "form"} & set(page.tags)
    loading = {"src", "href", "srcset", "action", "data", "xlink:href"}
    assert all(value.startswith("data:") for name, value in page.attributes if name in loading)
    assert not re.search(r"url\(|@import", page.source)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert ("content", policy) in page.attributes


@pytest.mark.parametrize("name", ANGLES)
def test_bins_add_up(name: DrawnAngle) -> None:
    start, end = ENDS_DEG[name]
    values = [start + index * 0.7 for index in range(-20, 250)]
    counts = bin_counts(name, values)
    assert sum(counts) == len(values)
    for index, count in enumerate(counts[1:-1], 1):
        low = start + index * BIN_DEG[name]
        assert count == sum(low <= value < low + BIN_DEG[name] for value in values)
    drawn = histogram(name, values, GUIDE)
    assert sum(bar.count for bar in drawn.bars) == len(values)
    assert drawn.beyond == sum(not start <= value <= end for value in values)
    assert max(bar.height for bar in drawn.bars) <= 100
    assert (place(name, start), place(name, end)) == (0, 100)


@pytest.mark.parametrize("labels", ["1", "2 4 6 8", "2,000 4,000 6,000"])
def test_counts_are_told_in_round_numbers(labels: str) -> None:
    most = {"1": 1, "2 4 6 8": 7}.get(labels, 4100)
    lines = histogram("thigh", [0.0] * most, GUIDE).lines
    assert (" ".join(label for _, label in lines), lines[-1][0]) == (labels, 100)


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=RULE_SETS)
def test_cutoffs_and_norms_are_drawn(rules: RuleSet, tmp_path: Path) -> None:
    thigh, knee = (histogram(name, [1.0], rules) for name in ANGLES)
    assert thigh.cutoff is not None
    assert thigh.good == (0.0, thigh.cutoff[0])
    assert thigh.cutoff[0] == place("thigh", rules.thigh_max_deg)
    assert (knee.cutoff is None) == (rules.knee_min_deg is None)
    text = sheet(tmp_path, [measured("a")], rules).text
    assert thigh.cutoff[1] in text
    assert knee.cutoff is None or knee.cutoff[1] in text
    assert text.count("cut-off ") >= 2 - (knee.cutoff is None)
    for norm in NORMS:
        assert f"{norm.title} −{abs(norm.thigh_deg)}" in text
    assert all(words in text for words in (rules.title, rules.in_words()))


def test_pairs_are_those_of_one_subject_and_session(tmp_path: Path) -> None:
    given = (
        *(("P1", "left", 0.0, "may"), ("P1", "right", 4.1, "may")),
        *(("P1", "left", 0.0, "june"), ("P1", "right", 12.0, "june")),
        *(("P2", "left", 1.0, ""), ("P2", "left", 2.0, ""), ("P2", "right", 3.0, "")),
        *(("P3", "left", 5.0, "may"), ("P3", "right", 5.0, "june")),
        *(("", "left", 5.0, ""), ("", "right", 5.0, "")),
    )
    lines = [leg(*one) for one in given]
    unread = {**refused("no", "prone"), "subject": "P3", "session": "may"}
    text = sheet(tmp_path, [*lines, unread]).text
    assert "2 pairs of legs" in text
    assert "a leg has several photos: 1." in text
    assert "1 of 2 differ by more than measurement error. Band: ± 6.9°" in text
    assert "0 of 2 differ by more than measurement error. Band: ± 6.9°" in text
    assert "of 1 pair of legs a leg has several" in sheet(tmp_path, lines[4:7]).text
    alone = sheet(tmp_path, lines[:1])
    assert "Left against right" not in alone.text
    assert alone.tags.count("figure") == 2


def test_a_scatter_puts_left_across_and_right_up() -> None:
    drawn = scatter("thigh", [(-20.0, 0.0, True), (0.0, 0.01, False), (0.0, 0.0, False)], 4.0)
    assert drawn.beyond == ((25.0, 50.0),)
    assert drawn.within == ((50.0, 50.0),)
    assert (drawn.n, drawn.n_beyond, drawn.band) == (3, 1, 5.0)


def test_the_page_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_sheet, "MAX_PHOTOS", 5)
    thumbnail = {"thumbnail": "QUJD"}
    lines = [{**measured(f"{index:02d}"), **thumbnail} for index in range(20, 0, -1)]
    lines += [{**refused(f"no{index}", "prone"), **thumbnail} for index in range(2)]
    lines.append({**measured("line", verdict="borderline"), **thumbnail})
    page = sheet(tmp_path, lines)
    assert page.tags.count("img") == page.source.count('<li class="card ') == 5
    assert "5 of 23 photos are shown; 18 that need attention least are left out" in page.text
    assert "results.csv lists all of them" in page.text
    assert "The first 2 are shown." in page.text
    assert re.search(r" 01 .* 02 ", page.text)
    lines += [refused(f"more{index}", "prone") for index in range(9)]
    assert "None shown here." not in page.text
    assert sheet(tmp_path, lines).text.count("None shown here.") == 2


@pytest.mark.parametrize("lines", [[], [failed("a")], [refused("a", "prone")]])
def test_a_run_without_readings_has_a_sheet_too(lines: list[Line], tmp_path: Path) -> None:
    page = sheet(tmp_path, lines)
    assert "figure" not in page.tags
    assert ("There are no photos in this run." in page.text) == (not lines)
    assert f"0 of {len(lines)} photo" in page.text


def test_a_mixed_run_says_so(tmp_path: Path) -> None:
    other = measured("c", criteria={"id": "magee", "version": "1"})
    text = sheet(tmp_path, [measured("a"), measured("b"), other]).text
    assert "“guide”, version 2: 2; “magee”, version 1: 1." in text


def test_fifty_thousand_photos(tmp_path: Path) -> None:
    rest = {**measured("NUMBER"), **dict.fromkeys(("points", "next_steps", "pattern_text"))}
    rest |= {"findings": [], "provenance": dict.fromkeys(("package", "model", "calibration"), "1")}
    shown = {**refused("NUMBER", "prone"), "thumbnail": "QUJD" * 3000}
    with (tmp_path / RESULTS).open("w") as file:
        texts = [json.dumps(line) for line in (shown, rest)]
        for number in range(50_000):
            file.write(texts[number % 50 > 0].replace("NUMBER", str(number)) + "\n")
    program = (
        "import json, re, sys, time; from pathlib import Path\n"
        "from app.batch.sheet import report_sheet; from app.batch.storage import Folder\n"
        "from vision.criteria import RULE_SETS\n"
        "start = time.process_time(); out = Path(sys.argv[1])\n"
        "with report_sheet(Folder(out), RULE_SETS['guide']) as add, open(out / 'results.jsonl') as file:\n"
        "    for text in file: add(json.loads(text))\n"
        # Not ru_maxrss: that is the parent's until the program is loaded.
        "peak = re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(time.process_time() - start, peak)"
    )
    said = subprocess.check_output([sys.executable, "-c", program, tmp_path], text=True, cwd=ROOT)
    seconds, peak_kib = map(float, said.split())
    assert seconds < 10
    assert peak_kib < 300 * 1024
    assert (tmp_path / "report.html").stat().st_size < 10_000_000
