"""Hundreds of thousands of damaged maker notes.

    python -m benchmarks.fuzz_notes [--inputs 200000] [--seed 1]

Bytes of each maker's note are changed, removed or inserted; parsing must never raise. Writes
fuzz_notes.md, one line per maker.
"""

import argparse
import struct
import time
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.fuzz_files import NOTE
from benchmarks.machine import machine
from vision.maker_notes import Vector, read_note
from vision.metadata import gravity_from_vector

_GAUGE: Final = struct.pack("<HHHIhhHHIhh", 2, 0x903, 8, 2, 35, 1, 0x904, 8, 2, 62, 1) + bytes(4)
NOTES: Final = {
    "Apple": NOTE,
    "Panasonic": b"Panasonic\0\0\0"
    + struct.pack("<HHHIIHHII", 2, 0x90, 3, 1, 35, 0x91, 3, 1, 62)
    + bytes(4),
    "Olympus": b"OLYMPUS\0II\3\0" + struct.pack("<HHHII", 1, 0x2020, 13, 1, 30) + bytes(4) + _GAUGE,
    "Pentax": b"PENTAX \0MM"
    + struct.pack(">HHHII", 1, 0x22B, 7, 7, 28)
    + bytes(4)
    + struct.pack("3b", 1, 7, 12)
    + bytes(4),
}
"""One intact note of each maker."""


def damaged(note: bytes, rng: np.random.Generator) -> bytes:
    """Change, cut out or put in a few bytes, mostly behind the maker's name."""
    data = bytearray(note)
    for _ in range(rng.integers(1, 6)):
        place = int(rng.integers(0, len(data) + 1)) if len(data) else 0
        kind = rng.integers(0, 4)
        if kind == 0 and place < len(data):
            data[place] = int(rng.choice((0, 1, 127, 128, 255, int(rng.integers(256)))))
        elif kind == 1:
            del data[place : place + int(rng.integers(1, 9))]
        elif kind == 2:
            data[place:place] = rng.bytes(int(rng.integers(1, 9)))
        elif place + 4 <= len(data):
            data[place : place + 4] = int(rng.integers(2**32)).to_bytes(4, "big")
    return bytes(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    lines = [
        "# Damaged maker notes",
        "",
        f"Regenerate with `python -m benchmarks.fuzz_notes --seed {options.seed}`. "
        f"Commit {machine()['commit']}.",
        "",
        "| maker | notes | say something | believed | surprises | slowest |",
        "|---|---|---|---|---|---|",
    ]
    for maker, note in NOTES.items():
        assert read_note(note) is not None
        seen: Counter[str] = Counter()
        slowest = 0.0
        for _ in range(options.inputs // len(NOTES)):
            data = damaged(note, rng)
            begin = time.process_time()
            try:
                found = read_note(data)
                seen["told"] += found is not None
                if isinstance(found, Vector):
                    gravity = gravity_from_vector(found, portrait=False, origin="Apple")
                    seen["believed"] += gravity is not None
            except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
                seen["surprises"] += 1
                print(repr(error), data.hex())
            slowest = max(slowest, time.process_time() - begin)
        believed = f"{seen['believed']:,}" if maker == "Apple" else "–"
        lines.append(
            f"| {maker} | {options.inputs // len(NOTES):,} | {seen['told']:,} | {believed} | "
            f"{seen['surprises']} | {1000 * slowest:.1f} ms |"
        )
    text = "\n".join(lines) + "\n"
    (options.out / "fuzz_notes.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
