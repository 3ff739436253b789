"""Paths to outcomes: folders expanded, each photo measured, whatever goes wrong told as data.

The one place in front of :mod:`vision` that touches the file system. One bad photo never
stops the others.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from app.results.convert import error_out, measurement_out
from app.results.fhir import measurement_bundle
from app.results.fhir_parts import BundleKind
from app.results.schemas import ErrorOut, MeasurementOut
from vision.errors import ThomasTestError
from vision.measurement import Measurement, measure
from vision.together import measure_together

PHOTO_SUFFIXES: Final = frozenset(
    (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".tif", ".tiff", ".mpo")
)
"""Files of a folder that are taken for photos; a file that is named itself may end in anything."""
OVERLAY_SUFFIX: Final = ".overlay.jpg"
"""Ending of the pictures written; a folder's pictures of that ending are not measured."""
SYSTEM_FOLDERS: Final = frozenset(
    (
        *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp"),  # NAS
        *("$recycle.bin", "recycler", "recycled", "system volume information"),  # Windows
        *("__macosx", "network trash folder", "temporary items"),  # macOS
        *("lost+found", "thumbs.db"),
    )
)
"""What systems put beside photos, in lower case: copies, trash and previews, which are no photos
that anybody took for a test. The trash folders of Unix begin with a dot."""
FILE_ERRORS: Final = {
    "file_not_found": (
        "Check the name; a pattern such as *.jpg arrives unchanged when nothing matches it."
    ),
    "file_not_readable": "Check that it is a file, and that you may read it.",
    "no_photos": "Name the photos, or a folder with JPEG, PNG, WebP, HEIC or TIFF files in it.",
    "timed_out": "Send the photo in a smaller size, or alone, and see whether it passes.",
    "worker_crashed": "Measure the photo alone; if it happens again, please report it as a bug.",
    "internal_error": "Please report this as a bug, with this message but without the photo.",
}
"""Advice by error code, for what can go wrong around a photo; the rest is in vision.errors."""

Job = tuple[str, ErrorOut | None]
"""A path to measure, or one that already failed."""
Outcome = MeasurementOut | ErrorOut


def expand(arguments: Iterable[str]) -> Iterator[Job]:
    """Yield each photo to measure; a folder stands for the photos directly in it, by name."""
    for argument in arguments:
        try:
            if not argument or not Path(argument).is_dir():
                yield argument, None
                continue
            found = sorted(str(path) for path in Path(argument).iterdir() if _is_photo(path))
        except OSError as error:
            yield argument, _os_error(error)
            continue
        if not found:
            yield argument, _error("no_photos", "There are no photos in this folder.")
        yield from ((path, None) for path in found)


def measure_all(
    jobs: Iterable[Job],
    options: dict[str, Any],
    overlays: "Overlays | None" = None,
    documents: "Documents | None" = None,
) -> Iterator[tuple[str, Outcome]]:
    """Measure each photo when its turn comes, in order.

    Parameters
    ----------
    jobs : iterable of Job
    options : dict
        Keyword arguments of :func:`vision.measure`.
    overlays : Overlays, optional
        Where the picture of each photo that could be read goes.
    documents : Documents, optional
        Where the report and the FHIR file of the one photo go.
    """
    for path, error in jobs:
        if error is not None:
            yield path, error
            continue
        result = measure_file(path, options)
        yield path, _handed_out(path, result, overlays, documents)


def measure_set(
    jobs: Sequence[Job],
    options: dict[str, Any],
    overlays: "Overlays | None" = None,
    documents: "Documents | None" = None,
) -> Iterator[tuple[str, Outcome]]:
    """Measure photos of one set-up, or a clip of it, as one; a single outcome, by the first path.

    Parameters
    ----------
    jobs, options, overlays, documents
        As of :func:`measure_all`; the first photo that could be measured is drawn.
    """
    paths = [path for path, _ in jobs]
    first = paths[0] if paths else ""
    failed = next((error for _, error in jobs if error is not None), None)
    outcome = failed or _guarded(paths, lambda: measure_together(paths, **options))
    yield first, _handed_out(first, outcome, overlays, documents)


def _handed_out(
    path: str,
    result: "tuple[Measurement, MeasurementOut] | ErrorOut",
    overlays: "Overlays | None",
    documents: "Documents | None",
) -> Outcome:
    """Write what was asked for of one result, and return what is told of it."""
    if isinstance(result, ErrorOut):
        return result
    measurement, outcome = result
    if overlays is not None:
        overlays.write(path, measurement)
    if documents is not None:
        documents.write(measurement, outcome)
    return outcome


class Overlays:
    """Writes pictures into one folder, under names that neither collide nor hit an input.

    A picture of an earlier run is replaced. ``failures`` lists the paths whose picture
    could not be written, each with the reason.
    """

    def __init__(self, folder: Path, inputs: Iterable[str], *, show_face: bool = False) -> None:
        self._folder = folder
        self._show_face = show_face
        self._inputs = {identity for path in inputs if (identity := _identity(Path(path)))}
        self._names: set[str] = set()
        self.failures: list[tuple[str, str]] = []

    def write(self, path: str, measurement: Measurement) -> None:
        """Draw and write the picture of one photo."""
        from vision.overlay import draw_overlay, encode_picture

        try:
            picture = draw_overlay(measurement, show_face=self._show_face)
            self._target(Path(path).stem).write_bytes(encode_picture(picture, "jpeg"))
        except Exception as error:  # noqa: BLE001 - the measurement itself stands
            self.failures.append((path, f"{type(error).__name__}: {error}"))

    def _target(self, stem: str) -> Path:
        number = 1
        while True:
            ending = OVERLAY_SUFFIX if number == 1 else f"-{number}{OVERLAY_SUFFIX}"
            target = self._folder / f"{stem}{ending}"
            # Compared without case: some file systems take A.jpg and a.jpg for the same.
            key = target.name.casefold()
            free = key not in self._names and _identity(target) not in self._inputs
            self._names.add(key)
            if free:
                return target
            number += 1


class Documents:
    """Writes the report and the FHIR file of one photo, where they are wanted.

    Parameters
    ----------
    report, fhir : Path, optional
    write : callable
        Writes a text to a path and tells whether that went well.
    bundle : {"collection", "transaction"}
        Kind of FHIR bundle.
    """

    def __init__(
        self,
        report: Path | None,
        fhir: Path | None,
        write: Callable[[Path, str], bool],
        bundle: BundleKind = "collection",
    ) -> None:
        self._report, self._fhir, self._write, self._bundle = report, fhir, write, bundle
        self.complete = True

    def write(self, measurement: Measurement, out: MeasurementOut) -> None:
        """Write what is wanted of one measurement."""
        if self._report is not None:
            from app.reports.leg_report import measurement_report_html
            from vision.overlay import draw_overlay, encode_picture

            picture = encode_picture(draw_overlay(measurement), "jpeg")
            rules = measurement.interpretation.rules
            html = measurement_report_html(out, picture, rules=rules)
            self.complete &= self._write(self._report, html)
        if self._fhir is not None:
            bundle = measurement_bundle(out, self._bundle)
            self.complete &= self._write(self._fhir, json.dumps(bundle, indent=2))


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what makes two names the same file, or None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_passed_over(name: str) -> bool:
    """Tell hidden files and folders, those of the system, and our own pictures by their name."""
    plain = name.lower()
    return plain.startswith(".") or plain.endswith(OVERLAY_SUFFIX) or plain in SYSTEM_FOLDERS


def is_photo_name(name: str) -> bool:
    """Tell a photo by the ending of its name."""
    return PurePosixPath(name).suffix.lower() in PHOTO_SUFFIXES


def _is_photo(path: Path) -> bool:
    return is_photo_name(path.name) and not is_passed_over(path.name) and path.is_file()


def measure_file(
    path: str, options: dict[str, Any], fetch: Callable[[str], bytes] | None = None
) -> tuple[Measurement, MeasurementOut] | ErrorOut:
    """Measure one file; whatever goes wrong with it is told as data.

    Parameters
    ----------
    path : str
    options : dict
        Keyword arguments of :func:`vision.measure`.
    fetch : callable, optional
        Reads a file that does not lie on this machine.
    """
    return _guarded(
        [path] if fetch is None else [],
        lambda: measure(path if fetch is None else fetch(path), **options),
    )


def _guarded(
    paths: Iterable[str], take: Callable[[], Measurement]
) -> tuple[Measurement, MeasurementOut] | ErrorOut:
    """Measure files of this machine; whatever goes wrong is told as data."""
    try:
        for path in paths:
            if not path:
                return _error("file_not_found", "The name is empty.")
            if not _may_be_a_file(path):
                return _error("file_not_readable", "This is not a regular file.")
        measurement = take()
        return measurement, measurement_out(measurement)
    except ThomasTestError as error:
        return error_out(error)
    except OSError as error:
        return _os_error(error)
    except Exception as error:  # noqa: BLE001 - one bad photo never stops the others
        return _error("internal_error", f"{type(error).__name__}: {error}")


def _may_be_a_file(path: str) -> bool:
    """Tell a file, or nothing at all, from a pipe or a device that may never end."""
    return Path(path).is_file() or not Path(path).exists()


def _os_error(error: OSError) -> ErrorOut:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return _error("file_not_found", "There is no such file.")
    return _error("file_not_readable", f"The file cannot be read: {error.strerror or error}.")


def _error(code: str, message: str) -> ErrorOut:
    return ErrorOut(code=code, message=message, advice=FILE_ERRORS[code])
