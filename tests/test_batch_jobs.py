"""What a batch finds: folders, patterns, lists and tables, whatever the names are."""

import os
from pathlib import Path

import pytest

from app.batch.job import Job, content_sha256
from app.batch.jobs import collect
from vision.errors import InvalidOption
from vision.observations import Observations

NAMES = [
    "a b.jpg",
    "ä–ö.JPEG",
    "new\nline.png",
    "-dash.jpg",
    "'quote.webp",
    "100%.tif",
    "日本.heic",
]


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def ids(source: str | Path, **more: str) -> list[str]:
    return [job.id for job in collect(str(source), **more)]


def test_a_folder_with_everything_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/2.png", "a/1.png", "a/deep/x.heic", "c.txt", ".hidden.jpg"):
        touch(tmp_path / name)
    touch(tmp_path / ".git" / "y.jpg")
    touch(tmp_path / "z.jpg.overlay.jpg")
    assert ids(tmp_path) == ["a/1.png", "a/2.png", "a/deep/x.heic", "b.jpg"]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_keep_their_bytes(tmp_path: Path, name: str) -> None:
    path = touch(tmp_path / "in" / name)
    assert [(job.id, job.path) for job in collect(str(tmp_path / "in"))] == [(name, str(path))]


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff.jpg")  # noqa: PTH118 - bytes
    with open(path, "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"x")
    (job,) = collect(str(tmp_path))
    assert os.fsencode(job.id) == b"\xff.jpg"
    assert content_sha256(job.path)


def test_links_do_not_loop(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.jpg")
    (tmp_path / "a" / "back").symlink_to(tmp_path)
    (tmp_path / "a" / "round.jpg").symlink_to("round.jpg")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a" / "1.jpg")
    assert ids(tmp_path) == ["a/1.jpg", "a/round.jpg", "link.jpg"]
    assert content_sha256(str(tmp_path / "a" / "round.jpg")) == ""


def test_results_inside_the_photos_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path / "1.jpg")
    out = tmp_path / "results"
    touch(out / "overlays" / "2.jpg")
    assert ids(tmp_path, leave_out=str(out)) == ["1.jpg"]


def test_one_photo_and_patterns(tmp_path: Path) -> None:
    for name in ("a/1.jpg", "a/b/2.jpg", "c/3.jpg", "c/4.txt"):
        touch(tmp_path / name)
    assert ids(tmp_path / "a" / "1.jpg") == ["1.jpg"]
    assert ids(f"{tmp_path}/**/*") == ["a/1.jpg", "a/b/2.jpg", "c/3.jpg"]
    assert ids(f"{tmp_path}/c/*.jpg") == ["3.jpg"]
    with pytest.raises(InvalidOption, match="no file, folder or pattern"):
        ids(f"{tmp_path}/nothing/*.jpg")


def test_a_list_is_relative_to_its_folder(tmp_path: Path) -> None:
    listing = tmp_path / "list.txt"
    listing.write_text("\ufeffa/1.jpg\n\n  b 2.jpg  \n", "utf-8")
    assert [(job.id, job.path) for job in collect(str(listing))] == [
        ("a/1.jpg", str(tmp_path / "a/1.jpg")),
        ("b 2.jpg", str(tmp_path / "b 2.jpg")),
    ]


def test_a_table_says_more_about_each_photo(tmp_path: Path) -> None:
    table = tmp_path / "photos.csv"
    table.write_text(
        "path,leg,level_deg,subject,session,hip_pain,lower_back_flat,notes\n"
        'a.jpg,left,"1,5",P-1,2026-11-23,no,yes,"one, two"\n'
        "b.jpg,,,,,,,\n"
    )
    first, second = collect(str(table))
    assert first == Job(
        "a.jpg",
        str(tmp_path / "a.jpg"),
        leg="left",
        level_deg=1.5,
        subject="P-1",
        session="2026-11-23",
        observed=Observations(hip_pain="no", lower_back_flat="yes", notes="one, two"),
    )
    assert second == Job("b.jpg", str(tmp_path / "b.jpg"))


@pytest.mark.parametrize(
    "text",
    [
        "path;leg;level_deg\na.jpg;left;-3,9\nb.jpg;right;\n",
        "path\tleg\tlevel_deg\na.jpg\tL\t-3.9\nb.jpg\tR\t\n",
        'Path,Leg,"Level deg"\na.jpg,Left,"-3,9"\nb.jpg, RIGHT ,n/a\n',
        "sep=;\r\npath;leg;level_deg;;\r\na.jpg;l;−3,9°;;\r\n;;;;\r\nb.jpg;r;;;\r\n",
        ",path,leg,level_deg\n0,a.jpg,left,-3.9\n1,b.jpg,right,\n",
    ],
    ids=["semicolons", "tabs", "words", "excel", "pandas"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_tables_of_any_spreadsheet(tmp_path: Path, text: str, encoding: str) -> None:
    table = tmp_path / "photos.csv"
    table.write_bytes(text.encode(encoding))
    found = [(job.id, job.leg, job.level_deg) for job in collect(str(table))]
    assert found == [("a.jpg", "left", -3.9), ("b.jpg", "right", None)]


def test_a_photo_may_be_measured_for_each_leg(tmp_path: Path) -> None:
    table = tmp_path / "photos.csv"
    table.write_text("path,leg\na.jpg,left\nb.jpg,left\na.jpg,right\nb.jpg,left\n")
    found = [(job.id, job.leg, job.each_leg) for job in collect(str(table))]
    assert found == [("a.jpg", "left", True), ("b.jpg", "left", False), ("a.jpg", "right", True)]
    assert len({job.identity for job in collect(str(table))}) == 3


def test_a_photo_is_one_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    (tmp_path / "link").symlink_to("day")
    (tmp_path / "list.txt").write_text(
        f"a.jpg\n./a.jpg\nday/../a.jpg\n{tmp_path}/a.jpg\nday/b.jpg\nlink/b.jpg\nlink/../a.jpg\n"
    )
    assert ids(tmp_path / "list.txt") == ["a.jpg", "day/b.jpg"]
    (tmp_path / "table.csv").write_text("path,leg\na.jpg,left\nday/../a.jpg,left\n")
    assert ids(tmp_path / "table.csv") == ["a.jpg"]


def test_odd_names_in_lists_and_tables(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a\u2028b.jpg\r\nc\x85d.jpg\r\n", newline="")
    assert ids(tmp_path / "list.txt") == ["a\u2028b.jpg", "c\x85d.jpg"]
    (tmp_path / "table.csv").write_text("path\na\u2028b.jpg\n'-1.jpg\n'quote.jpg\n")
    assert ids(tmp_path / "table.csv") == ["a\u2028b.jpg", "-1.jpg", "'quote.jpg"]
    (tmp_path / "list.txt").write_bytes("ä.jpg\r\n".encode("utf-16"))
    assert ids(tmp_path / "list.txt") == ["ä.jpg"]
    (tmp_path / "list.txt").write_bytes(b"\xe4.jpg\n")
    assert [os.fsencode(one) for one in ids(tmp_path / "list.txt")] == [b"\xe4.jpg"]


def test_patterns_find_no_pictures_of_ours_and_nothing_hidden(tmp_path: Path) -> None:
    for name in ("1.jpg", "day/2.jpg", ".x.jpg", ".git/3.jpg", "@eaDir/4.jpg", "1.jpg.overlay.jpg"):
        touch(tmp_path / "photos" / name)
    out = tmp_path / "photos" / "out"
    touch(out / "overlays" / "5.jpg")
    for pattern in ("**/*.jpg", "**"):
        assert ids(f"{tmp_path}/photos/{pattern}", leave_out=str(out)) == ["1.jpg", "day/2.jpg"]
    assert ids(f"{tmp_path}/photos/.git/*.jpg") == ["3.jpg"]
    for above in (tmp_path / "photos", tmp_path):
        assert "1.jpg" in ids(f"{tmp_path}/photos/*.jpg", leave_out=str(above))


def test_the_ids_of_a_pattern_do_not_depend_on_what_it_finds(tmp_path: Path) -> None:
    touch(tmp_path / "photos" / "a" / "1.jpg")
    assert ids(f"{tmp_path}/photos/*/*.jpg") == ["a/1.jpg"]
    touch(tmp_path / "photos" / "b" / "2.jpg")
    assert ids(f"{tmp_path}/photos/*/*.jpg") == ["a/1.jpg", "b/2.jpg"]


def test_patterns_and_links_that_lead_back(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.jpg")
    for name in ("one", "two", "three"):
        (tmp_path / "a" / name).symlink_to(tmp_path)
    assert ids(f"{tmp_path}/**/*.jpg") == ["a/1.jpg"]
    assert ids(f"{tmp_path}/*/*/a/*.jpg") == ["a/one/a/1.jpg"]


@pytest.mark.parametrize(
    "name",
    ["@eaDir", "$RECYCLE.BIN", "#recycle", ".Trash-1000", "System Volume Information", "__MACOSX"],
)
def test_folders_of_the_system_hold_no_photos(tmp_path: Path, name: str) -> None:
    touch(tmp_path / "day" / name / "1.jpg" / "SYNOPHOTO_THUMB_M.jpg")
    touch(tmp_path / "day" / name / "2.jpg")
    touch(tmp_path / "day" / "3.jpg")
    assert ids(tmp_path) == ids(f"{tmp_path}/**/*.jpg") == ["day/3.jpg"]


def test_folders_may_be_deep(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1200):
        deep = deep / "d"
        os.mkdir(deep)  # noqa: PTH102 - mkdir of a Path checks its parents
    touch(deep / "1.jpg")
    assert ids(tmp_path) == ["d/" * 1200 + "1.jpg"]
    (deep / "1.jpg").unlink()
    while deep != tmp_path:  # too deep for pytest to tidy up
        deep.rmdir()
        deep = deep.parent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,level_deg,leg\na.jpg,-3,9,left\n", "row 2: 4 cells, the header has 3"),
        ("path,leg\n,left\n", "row 2, column path: it is empty"),
        ("path,leg\na.jpg,left\n\na.jpg,\n", "row 4: 'a.jpg' is also in row 2"),
        ("path,subject\na.jpg,P1\na.jpg,P2\n", "row 3: 'a.jpg' is already in row 2, with other"),
        ("path,level_deg\na.jpg,nan1\n", "row 2: level_deg is 'nan1'"),
        ("file\na.jpg\n", "must have a column “path”"),
        ("path,mood\na.jpg,good\n", "unknown: mood"),
        ("path,leg\na.jpg,both\n", "row 2: leg is 'both'"),
        ("path,level_deg\na.jpg,steep\n", "row 2: level_deg"),
        ("path,level_deg\na.jpg,80\n", "row 2: The level"),
        ("path,hip_pain\na.jpg,yes\nb.jpg,maybe\n", "row 3: hip_pain"),
        ('path\n"a.jpg\n', "end of data in line 2"),
    ],
)
def test_wrong_tables_say_where(tmp_path: Path, text: str, said: str) -> None:
    table = tmp_path / "photos.csv"
    table.write_text(text)
    with pytest.raises(InvalidOption, match=said):
        list(collect(str(table)))


def test_the_key_is_what_a_result_depends_on() -> None:
    job = Job("a.jpg", "/x/a.jpg")
    same = Job("b.jpg", "/y/b.jpg", subject="S", session="T")
    assert job.key("1") == same.key("1")
    others = (
        job.key("2"),
        Job("a.jpg", "", leg="left").key("1"),
        Job("a.jpg", "", level_deg=1.0).key("1"),
        Job("a.jpg", "", observed=Observations(hip_pain="no")).key("1"),
    )
    assert len({job.key("1"), *others}) == 5
