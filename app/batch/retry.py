"""Which failures pass, and are worth another try when a run is resumed."""

import errno
import os
from typing import Final, Literal

from app.batch.line import Line

Retry = Literal["all", "transient", "none"]
TRANSIENT: Final = {
    # Around the photo: a store, a disk or a machine may be well again
    "file_not_found": True,
    "file_not_readable": True,
    "timed_out": True,
    "worker_crashed": True,
    "internal_error": True,
    "out_of_memory": True,
    "weights_missing": True,
    "weights_corrupt": True,
    "format_not_installed": True,
    "overlay_not_written": True,
    # The photo itself, or what was asked of it: the same again
    "overlay_name_too_long": False,
    "no_photos": False,
    "animated_image": False,
    "degenerate_limb": False,
    "empty_file": False,
    "file_too_large": False,
    "invalid_option": False,
    "mismatched_photos": False,
    "not_an_image": False,
    "raw_photo": False,
    "too_few_pixels": False,
    "too_many_pixels": False,
    "truncated_image": False,
    "unsupported_format": False,
    "unusable_clip": False,
    "video_file": False,
}
"""For every error code: whether the same photo may be measured another time. A photo whose content
changed is measured in any case."""
_OVERLAY_TROUBLES: Final = ("overlay_not_written", "overlay_name_too_long")
_NAME_TOO_LONG: Final = os.strerror(errno.ENAMETOOLONG)


def trouble_of(line: Line) -> str | None:
    """Return what went wrong with a photo, as a name in :data:`TRANSIENT`; None if nothing did."""
    if "error" in line:
        return str(line["error"]["code"])
    if "overlay_error" in line:
        too_long = line["overlay_error"] == _NAME_TOO_LONG
        return _OVERLAY_TROUBLES[too_long]
    return None


def is_tried_again(trouble: str | None, retry: Retry, *, overlays: bool = True) -> bool:
    """Return whether a photo with that trouble is measured again.

    Parameters
    ----------
    trouble : str, optional
        As of :func:`trouble_of`; a name that this version does not know is tried again.
    retry : {"all", "transient", "none"}
    overlays : bool
        Whether this run writes overlays: without, a missing one is no reason.
    """
    if trouble is None or retry == "none" or (trouble in _OVERLAY_TROUBLES and not overlays):
        return False
    return retry == "all" or TRANSIENT.get(trouble, True)
