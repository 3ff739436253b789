"""Thousands of damaged photo files in every accepted format.

    python -m benchmarks.fuzz_files [--inputs 20000] [--seed 1] [--out benchmarks/results]

Hypothesis damages a corpus of files (bits flipped, bytes set to extremes, pieces cut out, doubled,
taken from other files or put at random) and hands each to the decoder. Each format has a process
of its own, whose death, or an exception that is not one of our errors, is a finding. Writes
fuzz_files.md.
"""

import argparse
import io
import json
import resource
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from benchmarks.machine import machine
from vision.errors import PhotoError
from vision.photo import read_photo

SIZE_PX: Final = (226, 214)
SLOW_S: Final = 5.0
"""A file that takes longer is a finding; the time limit of the service is longer."""
ACCELERATION: Final = struct.pack(">6i", -9_959, 10_000, 150, 10_000, 900, 10_000)
NOTE: Final = (
    b"Apple iOS\0\0\1MM\0\2"
    + struct.pack(">HHIIHHII", 1, 9, 1, 14, 8, 10, 3, 44)
    + bytes(4)
    + ACCELERATION
)
"""An iPhone's maker note: version and acceleration."""


def remarks() -> PngInfo:
    """Texts of a PNG, plain and packed."""
    texts = PngInfo()
    texts.add_text("Comment", "remarks " * 30, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", "<x tiff:Orientation='6'/>")
    return texts


KINDS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "JPEG": ("RGB", "JPEG", {}),
    "JPEG, progressive": ("RGB", "JPEG", {"progressive": True, "optimize": True}),
    "JPEG, CMYK": ("CMYK", "JPEG", {}),
    "JPEG, grey": ("L", "JPEG", {}),
    "JPEG without its end": ("RGB", "JPEG", {}),
    "MPO": ("RGB", "MPO", {}),
    "PNG": ("RGB", "PNG", {}),
    "PNG, palette": ("P", "PNG", {}),
    "PNG, 16 bit": ("I;16", "PNG", {}),
    "PNG, transparent": ("RGBA", "PNG", {}),
    "PNG, remarks": ("RGB", "PNG", {"pnginfo": remarks()}),
    "WebP": ("RGB", "WEBP", {}),
    "WebP, lossless": ("RGBA", "WEBP", {"lossless": True}),
    "HEIC": ("RGB", "HEIF", {}),
    "HEIC, transparent": ("RGBA", "HEIF", {}),
    "TIFF": ("RGB", "TIFF", {}),
    "TIFF, LZW": ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    "TIFF, deflate": ("RGBA", "TIFF", {"compression": "tiff_adobe_deflate"}),
    "TIFF, JPEG": ("RGB", "TIFF", {"compression": "jpeg"}),
    "TIFF, float": ("F", "TIFF", {}),
}
"""Name: Pillow's mode and format, and how it is saved."""
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
EXTREMES: Final = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)

Damage = Callable[[bytearray], None]


def encoded(kind: str) -> bytes:
    """Coarse coloured noise, with a camera's remarks, so that every part of a file matters."""
    mode, image_format, how = KINDS[kind]
    blocks = np.random.default_rng(0).integers(0, 256, (20, 21, 3), dtype=np.uint8)
    image = Image.fromarray(blocks).resize(SIZE_PX, Image.Resampling.BICUBIC)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 1, "Apple"
    details = {0x927C: NOTE, 0xA434: "back camera", 0xA405: 26, 0xA002: 4032, 0xA003: 3024}
    if "compression" not in how:  # libtiff writes no further directory
        exif.get_ifd(0x8769).update(details)
    buffer = io.BytesIO()
    image = image if mode == "I;16" else image.convert(mode)
    image.save(buffer, image_format, exif=exif.tobytes(), **how)
    data = buffer.getvalue()
    return data[:-2] if "without" in kind else data


def places(size: int) -> st.SearchStrategy[int]:
    """Half of the damage hits the first kilobyte, where there is most to break."""
    return st.integers(0, min(size, 1024) - 1) | st.integers(0, size - 1)


def flip(place: int, bit: int) -> Damage:
    """Turn one bit."""

    def damage(data: bytearray) -> None:
        if place < len(data):
            data[place] ^= 1 << bit

    return damage


def put(place: int, piece: bytes, *, over: bool) -> Damage:
    """Put a piece in, or over what was there."""

    def damage(data: bytearray) -> None:
        data[place : place + len(piece) * over] = piece

    return damage


def cut(place: int, length: int) -> Damage:
    """Take a piece out."""

    def damage(data: bytearray) -> None:
        del data[place : place + length]

    return damage


def double(place: int, length: int) -> Damage:
    """Repeat a piece."""

    def damage(data: bytearray) -> None:
        data[place:place] = data[place : place + length]

    return damage


def damages(size: int, other: bytes) -> st.SearchStrategy[Damage]:
    """One way to damage a file of so many bytes; ``other`` is a file to take pieces from."""
    at, lengths = places(size), st.integers(1, 64) | st.integers(1, size)
    few = st.sampled_from((1, 2, 4, 8))
    extreme = st.builds(lambda value, n: bytes([value]) * n, st.sampled_from(EXTREMES), few)
    foreign = st.builds(
        lambda start, n: other[start : start + n], st.integers(0, len(other) - 1), lengths
    )
    pieces = extreme | foreign | st.binary(min_size=1, max_size=32)
    return st.one_of(
        st.builds(flip, at, st.integers(0, 7)),
        st.builds(put, at, pieces, over=st.booleans()),
        st.builds(cut, at, lengths),
        st.builds(double, at, lengths),
    )


def with_true_sums(data: bytearray) -> bytes:
    """Correct the checksums of a PNG's chunks, so that damage is not caught by them."""
    place = len(PNG_START)
    while data.startswith(PNG_START) and place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        end = place + 8 + length
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return bytes(data)


def damaged_files(kind: str, inputs: int, number: int) -> dict[str, Any]:
    """Read so many damaged files of a kind; count what came of them."""
    whole = encoded(kind)
    read_photo(whole)
    names = list(KINDS)
    other = encoded(names[(names.index(kind) + 7) % len(names)])
    seen: Counter[str] = Counter()
    slowest = 0.0

    @seed(number)
    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(damages(len(whole), other), min_size=1, max_size=6), st.booleans())
    def read(steps: list[Damage], mend: bool) -> None:
        nonlocal slowest
        data = bytearray(whole)
        for step in steps:
            step(data)
        content = with_true_sums(data) if mend else bytes(data)
        begin = time.perf_counter()
        try:
            read_photo(content)
        except PhotoError as error:
            seen[error.code] += 1
        else:
            seen["read"] += 1
        slowest = max(slowest, time.perf_counter() - begin)

    read()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"seen": dict(seen), "slowest_s": slowest, "peak_mb": peak_mb}


def in_its_own_process(kind: str, inputs: int, number: int) -> dict[str, Any]:
    """Do the same where a crash is a finding and not the end."""
    command = [sys.executable, "-m", "benchmarks.fuzz_files", "--kind", kind]
    command += ["--inputs", str(inputs), "--seed", str(number)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no word"])[-1]
        return {"seen": {}, "finding": f"exit code {run.returncode}: {last}"}
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    if found["slowest_s"] > SLOW_S:
        found["finding"] = f"one file took {found['slowest_s']:.1f} s"
    return found


def report(found: dict[str, dict[str, Any]], inputs: int, number: int) -> str:
    """Write what was found as Markdown."""
    total: Counter[str] = Counter()
    for one in found.values():
        total.update(one["seen"])
    findings = [f"- {kind}: {one['finding']}" for kind, one in found.items() if "finding" in one]
    lines = [
        "# Damaged files",
        "",
        f"Regenerate with `python -m benchmarks.fuzz_files --inputs {inputs} --seed {number}`. "
        f"Commit {machine()['commit']}.",
        "",
        f"{total.total():,} damaged files; findings: {len(findings) or 'none'}.",
        *findings,
        "",
        "| what came of it | files |",
        "|---|---|",
        *(f"| {code} | {count:,} |" for code, count in total.most_common()),
        "",
        "| format | files | slowest | peak memory of the process |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {kind} | {sum(one['seen'].values()):,} | {1000 * one.get('slowest_s', 0):.0f} ms | "
        f"{one.get('peak_mb', 0):.0f} MB |"
        for kind, one in found.items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=list(KINDS), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    if options.kind:
        print(json.dumps(damaged_files(options.kind, options.inputs, options.seed)))
        return
    each = -(-options.inputs // len(KINDS))
    found = {}
    for kind in KINDS:
        found[kind] = in_its_own_process(kind, each, options.seed)
        print(kind, found[kind], flush=True)
    (options.out / "fuzz_files.md").write_text(report(found, options.inputs, options.seed), "utf-8")


if __name__ == "__main__":
    main()
