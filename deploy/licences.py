"""Licences of distributions, and of libraries bundled in wheels.

The standard field (SPDX) of a distribution is used unchanged. Older fields are free text, and
libraries inside wheels have no machine-readable licence: both are looked up in tables here, which a
person compiled from the licence texts. A missing entry is an error, so that somebody reads the
licence of a new dependency before it is shipped.
"""

import re
from importlib.metadata import Distribution
from typing import Final

IN_WORDS: Final = {
    "Apache 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "LGPL": "LGPL-3.0-only",
}
"""SPDX expressions for the free text of current dependencies."""

LIBRARIES: Final = {
    "libXau": ("libXau", "MIT"),
    "libaom": ("libaom", "BSD-2-Clause"),
    "libavcodec": ("FFmpeg", "LGPL-2.1-or-later"),
    "libavformat": ("FFmpeg", "LGPL-2.1-or-later"),
    "libavif": ("libavif", "BSD-2-Clause"),
    "libavutil": ("FFmpeg", "LGPL-2.1-or-later"),
    "libbrotlicommon": ("Brotli", "MIT"),
    "libbrotlidec": ("Brotli", "MIT"),
    "libcrypto": ("OpenSSL 1.1", "OpenSSL"),
    "libde265": ("libde265", "LGPL-3.0-or-later"),
    "libdrm": ("libdrm", "MIT"),
    "libfreetype": ("FreeType", "FTL"),
    "libgfortran": ("GNU Fortran runtime", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libharfbuzz": ("HarfBuzz", "MIT-Modern-Variant"),
    "libheif": ("libheif", "LGPL-3.0-or-later"),
    "libjpeg": ("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib"),
    "liblcms2": ("Little CMS", "MIT"),
    "liblzma": ("XZ Utils", "0BSD"),
    "libopenblasp": ("OpenBLAS", "BSD-3-Clause"),
    "libopenjp2": ("OpenJPEG", "BSD-2-Clause"),
    "libpng16": ("libpng", "libpng-2.0"),
    "libquadmath": ("GNU quadmath", "LGPL-2.1-or-later"),
    "libscipy_openblas64_": ("OpenBLAS", "BSD-3-Clause"),
    "libsharpyuv": ("libwebp", "BSD-3-Clause"),
    "libssl": ("OpenSSL 1.1", "OpenSSL"),
    "libswresample": ("FFmpeg", "LGPL-2.1-or-later"),
    "libswscale": ("FFmpeg", "LGPL-2.1-or-later"),
    "libtiff": ("LibTIFF", "libtiff"),
    "libvpx": ("libvpx", "BSD-3-Clause"),
    "libwebp": ("libwebp", "BSD-3-Clause"),
    "libwebpdemux": ("libwebp", "BSD-3-Clause"),
    "libwebpmux": ("libwebp", "BSD-3-Clause"),
    "libx265": ("x265", "GPL-2.0-or-later"),
    "libxcb": ("libxcb", "MIT"),
    "libzstd": ("Zstandard", "BSD-3-Clause"),
}
"""Name and licence of each library inside a wheel, by its file name up to the first - or dot."""


class LicenceUnknown(LookupError):
    """A licence has not been reviewed yet; the message names it."""


def licence_of(found: Distribution) -> str:
    """Return the licence of a distribution, as an SPDX expression.

    Raises
    ------
    LicenceUnknown
        If it is missing, or not in :data:`IN_WORDS`.
    """
    if said := _said(found, "License-Expression"):
        return said[0]
    classifiers = (one.split(" :: ") for one in _said(found, "Classifier"))
    words = [
        *_said(found, "License"),
        *(one[-1] for one in classifiers if one[0] == "License"),
    ]
    known = [IN_WORDS.get(one, one if _is_spdx(one) else "") for one in words]
    if not any(known):
        raise LicenceUnknown(
            f"{found.metadata['Name']} {found.version} is under {words}: read its licence and add "
            "it to IN_WORDS."
        )
    return next(one for one in known if one)


def library(file_name: str) -> tuple[str, str]:
    """Return name and licence of a library bundled in a wheel.

    Raises
    ------
    LicenceUnknown
        If it is not in :data:`LIBRARIES`.
    """
    stem = re.split(r"[-.]", file_name)[0]
    if stem not in LIBRARIES:
        raise LicenceUnknown(f"{file_name}: read its licence and add {stem!r} to LIBRARIES.")
    return LIBRARIES[stem]


def _said(found: Distribution, field: str) -> list[str]:
    """Return every line of a field of a distribution's metadata."""
    return [str(one) for one in found.metadata.get_all(field) or []]


def _is_spdx(words: str) -> bool:
    """Return whether free text is a plain identifier, such as ``BSD-3-Clause``."""
    return words in ("MIT", *IN_WORDS.values())
