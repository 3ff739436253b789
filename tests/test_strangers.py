"""A file that is no photo is told what it is, in words, and what is accepted instead."""

import gzip
import io
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_support import client, send
from vision.errors import NotAnImage, VideoFile
from vision.photo import read_photo
from vision.strangers import what_it_is


def zipped(name: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


FILES = {
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "text": "Größe 1,80 m\r\n".encode() * 500,
    "data (JSON)": b'\n{"schema_version": "1.1", "left": null}',
    "a web page": b"<!DOCTYPE html>\n<html><head>",
    "a drawing (SVG)": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "an archive": zipped("photo.jpg"),
    "an office document": zipped("[Content_Types].xml"),
    "a sound recording": b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(100),
}
MORE = {
    "an archive": gzip.compress(b"photo", mtime=0),
    "an office document": zipped("mimetype", b"application/vnd.oasis.opendocument.text"),
    "a sound recording": b"ID3\x04\x00" + bytes(100),
}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        pytest.param(*one, id=f"{one[0]} {n}")
        for n, one in enumerate([*FILES.items(), *MORE.items()])
    ],
)
def test_known_files_are_named(kind: str, data: bytes) -> None:
    with pytest.raises(NotAnImage) as told:
        read_photo(data)
    assert str(told.value) == f"This file is {kind}, not a photo."
    assert "JPEG" in told.value.advice


@pytest.mark.parametrize(
    "data",
    [bytes(range(256)) * 9, b"\0" * 500, b"\xff\xfe" * 100],
    ids=["every byte", "zeros", "no text"],
)
def test_other_files_are_not_guessed(data: bytes) -> None:
    assert what_it_is(data) == "This file is not a photo of a known kind."


@pytest.mark.parametrize(("name", "kind"), [(b"webm", "WebM"), (b"matroska", "MKV")])
def test_videos_of_browsers_are_videos(name: bytes, kind: str) -> None:
    data = b"\x1a\x45\xdf\xa3\x9f\x42\x82" + bytes([0x80 + len(name)]) + name + bytes(500)
    with pytest.raises(VideoFile, match=kind):
        read_photo(data)


@given(st.text(min_size=400, max_size=3000).filter(lambda text: text.isprintable()))
def test_text_of_any_script_is_text_wherever_it_is_cut(text: str) -> None:
    said = what_it_is(text.encode())
    assert "known kind" not in said


@given(st.binary(max_size=2000))
def test_whatever_the_bytes_it_is_told_in_words(data: bytes) -> None:
    assert what_it_is(data).startswith("This file is ")


@pytest.fixture(scope="module")
def service(nobody: str) -> Iterator[httpx.Client]:
    with client(nobody) as http:
        yield http


def test_the_page_says_what_it_is_and_what_is_accepted(service: httpx.Client) -> None:
    files = {"file": ("photo.jpg", FILES["a PDF document"])}
    page = service.post("/", files=files, headers={"Accept-Language": "es"}).text
    assert "documento PDF" in page
    assert "JPEG, PNG, WebP, HEIC" in page
    assert send(service, FILES["text"]).json()["detail"] == "This file is text, not a photo."
