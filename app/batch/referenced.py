"""The photos of a reference table, found in a folder and measured."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

from app.agreement.matching import find_photos
from app.agreement.reference import Reference
from app.batch.job import Job
from app.batch.jobs import collect
from app.batch.line import Line, identity_of
from app.batch.run import Reporter
from app.batch.workers import Options, measure_jobs
from vision.sides import Side


def referenced_jobs(
    folder: Path, reference: Reference, *, give_leg: bool
) -> tuple[list[Job], tuple[str, ...]]:
    """Find the photos that a reference table names.

    Parameters
    ----------
    folder : Path
        Searched with its subfolders.
    reference : Reference
    give_leg : bool
        Tell the tool the leg in the table. A photo with both legs in the table is always measured
        leg by leg.

    Returns
    -------
    jobs : list of Job
        In the order of the table.
    others : tuple of str
        Ids of the photos that the table does not name.

    Raises
    ------
    InvalidOption
        If it is not clear which photo a row means.
    """
    found = {job.id: job for job in collect(str(folder))}
    paths = find_photos(reference, list(found))
    legs: dict[str, list[str]] = {}
    for photo in reference.photos:
        legs.setdefault(photo.id, []).append(photo.leg)
    jobs = []
    for name, path in paths.items():
        both = len(legs[name]) > 1
        given = (cast("Side", leg) if (both or give_leg) and leg else None for leg in legs[name])
        jobs += [replace(found[path], leg=leg, each_leg=both) for leg in given]
    taken = set(paths.values())
    return jobs, tuple(path for path in found if path not in taken)


def measure_referenced(
    jobs: Sequence[Job],
    options: Options,
    workers: int,
    progress: Callable[[int], Reporter],
) -> list[Line]:
    """Measure photos and return their results in order; nothing is written.

    Raises
    ------
    InvalidOption
        If no worker can start.
    """
    found: dict[object, Line] = {}
    with progress(len(jobs)) as show:
        lines = measure_jobs(iter(jobs), options, max(1, min(workers, len(jobs))))
        with closing(lines):
            for line in lines:
                found[identity_of(line)] = line
                show.add(line)
    return [found[job.identity] for job in jobs]
