"""The clinic's table and the tool's: what is read, what belongs together, and what is rejected."""

from pathlib import Path

import numpy as np
import pytest

from app.agreement.matching import find_photos, match
from app.agreement.reference import Reference, read_reference
from app.agreement.scored import read_scored
from app.batch.referenced import referenced_jobs
from app.csv_tables import CsvStyle
from validation_support import RESULT, refused, result, table
from vision.angles import Z95
from vision.errors import InvalidOption

PLAIN = "path,leg,subject,thigh_deg,knee_flexion_deg,sex\n"


def read(
    folder: Path, text: str | bytes, groups: tuple[str, ...] = (), column: str = ""
) -> Reference:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_reference(path, groups, column)


# --- the reference ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "path,leg,thigh_deg,knee_flexion_deg,Sex\na.jpg,left,-3.5,70,f\n",
        "Path;Leg;Thigh deg;knee flexion deg;sex\na.jpg;L;−3,5;70,0°;f\n",
        "sep=;\nPATH;leg;thigh_deg;knee_flexion_deg;sex\na.jpg;left;-3,5;70;f\n",
        "path\tleg\tthigh_deg\tknee_flexion_deg\tsex\na.jpg\tleft\t-3.5\t70\tf\n".encode("utf-16"),
    ],
)
def test_every_spreadsheet_is_read_alike(tmp_path: Path, text: str | bytes) -> None:
    (photo,) = read(tmp_path, text, ("SEX",)).photos
    assert photo.angles == {"thigh": -3.5, "knee_flexion": 70.0}
    assert (photo.leg, photo.groups, photo.subject) == ("left", {"sex": "f"}, "a.jpg")


def test_raters_are_averaged_each_after_the_own_readings(tmp_path: Path) -> None:
    text = (
        "id,rater,thigh_deg,knee_flexion_deg,verdict\n"
        "a,ann,1,70,pass\na,ann,3,,pass\na,bob,6,80,fail\nb,ann,5,60,fail\nb,bob,,,\n"
    )
    found = read(tmp_path, text)
    first, second = found.photos
    assert found.raters == ("ann", "bob")
    assert first.by_rater["ann"] == {"thigh": 2.0, "knee_flexion": 70.0}
    assert first.angles == {"thigh": 4.0, "knee_flexion": 75.0}
    assert second.angles == {"thigh": 5.0, "knee_flexion": 60.0}
    assert (first.verdict, second.verdict) == ("pass", "fail")


def test_raters_who_differ_on_the_verdict_give_none(tmp_path: Path) -> None:
    text = "id,rater,thigh_deg,verdict\na,ann,1,pass\na,bob,1,fail\n"
    assert read(tmp_path, text).photos[0].verdict is None
    assert read(tmp_path, f"{text}a,cy,1,fail\n").photos[0].verdict == "fail"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,thigh_deg\n", "table.csv needs a column id or path"),
        ("path,sex\na,f\n", "needs a column thigh_deg or knee_flexion_deg"),
        ("path,thigh_deg\na,1\n", "table.csv has no column 'sex' for --group."),
        (PLAIN + "a,left,P1,high,70,f\n", "row 2, column thigh_deg: 'high' is not a number"),
        (PLAIN + "a,left,P1,1,200,f\n", "row 2, column knee_flexion_deg: '200' is not within"),
        (PLAIN + "a,both,P1,1,70,f\n", "row 2, column leg: 'both' is neither left nor right"),
        (PLAIN + ",left,P1,1,70,f\n", "row 2, column path: it is empty"),
        (
            PLAIN + "a,left,P1,1,70,f\na,left,P1,1,70,f\n",
            "row 3: 'a' stands in row 2 already; a column rater tells readings apart.",
        ),
        (
            PLAIN + "a,left,P1,1,70,f\na,,P1,1,70,f\n",
            "row 3, column leg: it is empty, but row 2 names the leg of 'a'.",
        ),
        (
            PLAIN.replace("sex", "sex,rater") + "a,left,P1,1,70,f,ann\na,left,P1,1,70,m,bob\n",
            "row 3, column sex: 'm', but 'f' in row 2, of the same photo.",
        ),
        (
            PLAIN.replace("sex", "sex,rater") + "a,left,P1,1,70,f,ann\na,left,P2,1,70,f,bob\n",
            "row 3, column subject: 'P2', but 'P1' in row 2",
        ),
        (
            PLAIN + "".join(f"p{i},left,P{i},1,70,{i}\n" for i in range(13)),
            "column sex: 13 different values are too many for groups",
        ),
    ],
)
def test_a_table_that_cannot_be_understood(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidOption) as raised:
        read(tmp_path, text, ("sex",))
    assert said in raised.value.message
    assert raised.value.message.startswith("table.csv")


# --- the results --------------------------------------------------------------------------------


def test_results_keep_intervals_and_the_reasons_of_refusals() -> None:
    rows = [
        result("a", "left", -3, 70, half=4),
        refused("b", "oblique_view side_uncertain"),
        refused("c", "", "not_an_image"),
        refused("d", "from_a_later_version"),
        refused("e", ""),
    ]
    good, *others = read_scored(table(RESULT, rows).encode(), "results.csv")
    assert good.measured
    assert good.angles["thigh"] is not None
    assert good.angles["thigh"].sigma_deg == pytest.approx(4 / Z95)
    assert good.made_by == "0.2.0 · heavy · heavy-3"
    assert [one.reasons for one in others] == [
        ("side_uncertain",),
        ("not_an_image",),
        ("from_a_later_version",),
        ("not_measurable",),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,thigh_deg\n", "results.csv needs a column path or id."),
        ("path,leg\n", "needs a column thigh_deg or knee_flexion_deg."),
        ("path,thigh_deg\n,1\n", "row 2, column path: it is empty."),
        ("path,thigh_deg\na,1\na,2\n", "row 3: 'a' stands in row 2 already."),
        (
            "path,thigh_deg,thigh_low_deg,thigh_high_deg\na,1,2,3\n",
            "row 2, column thigh_low_deg: the interval does not hold the angle.",
        ),
    ],
)
def test_results_that_cannot_be_understood(text: str, said: str) -> None:
    with pytest.raises(InvalidOption) as raised:
        read_scored(text.encode(), "results.csv")
    assert said in raised.value.message


# --- what belongs together ----------------------------------------------------------------------


def named(folder: Path, *ids: str) -> Reference:
    return read(folder, "path,thigh_deg\n" + "".join(f"{one},1\n" for one in ids))


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("day 1/a.jpg", "day 1/a.jpg"),
        ("a.jpg", "day 1/a.jpg"),
        (r"C:\photos\a.jpg", "day 1/a.jpg"),
        ("A.JPG", "day 1/a.jpg"),
        ("a", "day 1/a.jpg"),
        ("a.heic", "a.jpg"),
    ],
)
def test_a_photo_is_found_by_less_and_less_of_its_name(tmp_path: Path, id_: str, path: str) -> None:
    assert find_photos(named(tmp_path, id_), [path, "b.jpg"]) == {id_: path}


def test_the_better_match_comes_first(tmp_path: Path) -> None:
    found = find_photos(named(tmp_path, "a.jpg", "x/a.jpg"), ["x/a.jpg", "a.jpg"])
    assert found == {"a.jpg": "a.jpg", "x/a.jpg": "x/a.jpg"}


def test_a_name_that_may_mean_two_photos_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"'a.jpg' may mean '1/a.jpg' and '2/a.jpg'"):
        find_photos(named(tmp_path, "a.jpg"), ["1/a.jpg", "2/a.jpg"])
    with pytest.raises(InvalidOption, match=r"'a' and 'A' may mean 'x.jpg'|'a' and 'A' may mean"):
        find_photos(named(tmp_path, "a", "A"), ["x/a.jpg"])


def test_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    reference = named(tmp_path, "a.jpg", "b.jpg", "gone.jpg")
    rows = [result("a.jpg", "left", 0, 70), refused("b.jpg"), result("other.jpg", "left", 0, 70)]
    found = match(reference, read_scored(table(RESULT, rows).encode(), "r"), ("unread.jpg",))
    assert [one.reference.id for one in found.pairs] == ["a.jpg", "b.jpg"]
    assert [photo.id for photo in found.missing] == ["gone.jpg"]
    assert found.unlisted == ("unread.jpg", "other.jpg")


def test_both_legs_of_one_photo_are_paired_by_leg(tmp_path: Path) -> None:
    reference = read(tmp_path, "path,leg,thigh_deg\na.jpg,left,1\na.jpg,right,2\n")
    rows = [result("a.jpg", "right", 2, 70), result("a.jpg", "left", 1, 70)]
    found = match(reference, read_scored(table(RESULT, rows).encode(), "r"))
    assert [(one.reference.leg, one.scored.leg) for one in found.pairs] == [
        ("left", "left"),
        ("right", "right"),
    ]
    alone = match(reference, read_scored(table(RESULT, rows[:1]).encode(), "r"))
    assert [photo.leg for photo in alone.missing] == ["left"]
    with pytest.raises(InvalidOption, match=r"results for both legs in 'a\.jpg'"):
        match(named(tmp_path, "a.jpg"), read_scored(table(RESULT, rows).encode(), "r"))


def test_another_leg_than_the_reference_is_a_pair_and_told(tmp_path: Path) -> None:
    reference = read(tmp_path, "path,leg,thigh_deg\na.jpg,left,1\nb.jpg,,1\n")
    rows = [result("a.jpg", "right", 2, 70), result("b.jpg", "right", 2, 70)]
    found = match(reference, read_scored(table(RESULT, rows).encode(), "r"))
    assert [one.wrong_leg for one in found.pairs] == [True, False]


@pytest.mark.parametrize("give_leg", [False, True])
def test_photos_of_the_table_are_found_and_given_their_legs(tmp_path: Path, give_leg: bool) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg", "other.jpg", "notes.txt"):
        (photos / name).write_bytes(b"")
    text = "path,leg,thigh_deg\nb,left,1\na,left,1\na,right,2\nc,,1\ngone,left,1\n"
    jobs, others = referenced_jobs(photos, read(tmp_path, text), give_leg=give_leg)
    assert [(job.id, job.leg, job.each_leg) for job in jobs] == [
        ("b.jpg", "left" if give_leg else None, False),
        ("a.jpg", "left", True),
        ("a.jpg", "right", True),
        ("c.jpg", None, False),
    ]
    assert others == ("other.jpg",)


def test_the_tables_written_by_batch_are_read() -> None:
    from app.batch.tables import csv_bytes

    line = {
        "path": "=a.jpg",
        "measurable": True,
        "thigh_deg": {"value": -3.5, "interval": [-6.0, -1.0]},
        "tested_leg": {"side": "left"},
    }
    error = {"path": "b.jpg", "error": {"code": "not_an_image"}}
    found = read_scored(csv_bytes([line, error]), "results.csv")
    assert [one.path for one in found] == ["=a.jpg", "b.jpg"]
    assert found[0].angles["thigh"] is not None
    assert found[0].angles["thigh"].interval_deg == pytest.approx((-6.0, -1.0))
    assert found[1].reasons == ("not_an_image",)
    assert CsvStyle().cell("=a.jpg") in csv_bytes([line]).decode()
    assert not np.isnan(found[0].angles["thigh"].sigma_deg)
