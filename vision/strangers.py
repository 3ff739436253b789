"""Say what a file is that is no picture, as far as its first bytes tell.

Signatures are those of the formats' own specifications; names and media types are ignored, because
phones and mail programs get them wrong.
"""

from typing import Final

from vision.sentences import Sentence

_OFFICE: Final = Sentence("an office document")
_ARCHIVE: Final = Sentence("an archive")
_SOUND: Final = Sentence("a sound recording")
_STARTS: Final[tuple[tuple[bytes, Sentence], ...]] = (
    (b"%PDF-", Sentence("a PDF document")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (b"{\\rtf", _OFFICE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"ID3", _SOUND),
    (b"OggS", _SOUND),
    (b"fLaC", _SOUND),
)
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE_PARTS: Final = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")
"""Names of the first parts of Office Open XML and OpenDocument files."""
_LOOKED_AT: Final = 1024
_WHITE: Final = b"\t\n\f\r\x1b"


def what_it_is(data: bytes) -> Sentence:
    """Describe a file that no decoder of pictures knows.

    >>> what_it_is(b"%PDF-1.7 ...")
    'This file is a PDF document, not a photo.'
    """
    kind = _kind(data[:_LOOKED_AT])
    if kind is None:
        return Sentence("This file is not a photo of a known kind.")
    return Sentence("This file is {kind}, not a photo.", kind=kind)


def _kind(head: bytes) -> Sentence | None:
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(_ZIP):
        return _OFFICE if any(part in head for part in _OFFICE_PARTS) else _ARCHIVE
    if (head[:4], head[8:12]) == (b"RIFF", b"WAVE") or head[4:11] == b"ftypM4A":
        return _SOUND
    return _kind_of_text(head) if _is_text(head) else None


def _kind_of_text(head: bytes) -> Sentence:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in start:
        return Sentence("a drawing (SVG)")
    if start.startswith((b"<!doctype html", b"<html")):
        return Sentence("a web page")
    if start.startswith((b"{", b"[")):
        return Sentence("data (JSON)")
    return Sentence("text")


def _is_text(head: bytes) -> bool:
    """Return whether bytes are UTF-8 without control characters; the last one may be cut."""
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
    return all(byte >= 32 or byte in _WHITE for byte in head)
