"""One photo to measure, and the content that its result depends on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.batch.remote import is_url, stamp_of
from vision.observations import NOTHING_OBSERVED, Observations, answers_of
from vision.sides import Side

_HASH_BYTES: Final = 1 << 20
Identity = tuple[str, str]
"""Id of a photo and, where both legs of it are measured, the leg."""


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to measure.

    Attributes
    ----------
    id : str
        Path relative to where the search began, with forward slashes.
    path : str
        Where the file is; a path or a URL.
    leg : {"left", "right"}, optional
    level_deg : float, optional
        Camera roll, degrees.
    subject, session : str
        Carried through to the results.
    observed : Observations
    stamp : str
        Changes when the content does; given where a listing contains it.
    each_leg : bool
        Whether the other leg of this photo is measured as well; its result then names the leg.
    """

    id: str
    path: str
    leg: Side | None = None
    level_deg: float | None = None
    subject: str = ""
    session: str = ""
    observed: Observations = NOTHING_OBSERVED
    stamp: str = ""
    each_leg: bool = False

    @property
    def identity(self) -> "Identity":
        """Identifies this job within a run."""
        return self.id, (self.leg or "") if self.each_leg else ""

    def key(self, content: str) -> str:
        """Return what a result depends on, besides the run's own options, as one sum.

        Parameters
        ----------
        content : str
            As :func:`content_of` returns it.
        """
        parts = json.dumps(
            [content, self.leg, self.level_deg, answers_of(self.observed)], sort_keys=True
        )
        return hashlib.sha256(parts.encode()).hexdigest()


def content_of(job: Job) -> str:
    """Return what changes when a photo's content does; an empty string if it cannot be read.

    The SHA-256 sum of a file; of a photo behind a URL what the store says of it, so that
    nothing is fetched to find that nothing is to be done.
    """
    if job.stamp:
        return job.stamp
    return stamp_of(job.path) if is_url(job.path) else content_sha256(job.path)


def content_sha256(path: str) -> str:
    """Return the SHA-256 sum of a file, or an empty string if it cannot be read."""
    digest = hashlib.sha256()
    try:
        if not Path(path).is_file():
            return ""
        with Path(path).open("rb") as file:
            while part := file.read(_HASH_BYTES):
                digest.update(part)
    except OSError:
        return ""
    return digest.hexdigest()
