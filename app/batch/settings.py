"""``run.json``: what the results of one place have in common, and what was mixed into it."""

import json
from typing import Any, Final

from app.batch.storage import Storage, write
from vision.errors import InvalidOption

RUN: Final = "run.json"
MIXED: Final = "mixed_with"
"""In ``run.json``: the other settings that results of the place were made with, by ``--mix``."""


def check_settings(
    out: Storage, settings: dict[str, Any], *, there: bool, resume: bool, mix: bool
) -> tuple[str, ...]:
    """Keep results of different settings apart, and write ``run.json``.

    Parameters
    ----------
    out : Storage
    settings : dict
        What the results that are to come have in common.
    there : bool
        Whether there are results.
    resume, mix : bool
        See :func:`app.batch.ledger.open_ledger`.

    Returns
    -------
    tuple of str
        Remarks for the user: what was mixed.

    Raises
    ------
    InvalidOption
        If the results that are there were made with other settings, or nobody knows with which.
    """
    if there and not resume:
        raise InvalidOption(
            f"{out.location} holds results already: go on with --resume, or name another folder."
        )
    settings = json.loads(json.dumps(settings))  # as it comes out of the file
    before = _stored(out) if there else None
    if before is None:
        if there and not mix:
            raise InvalidOption(
                f"{RUN} in {out.location} is missing or damaged, so the settings of these results "
                "are unknown. Name another folder, or keep the results with --mix."
            )
        _write(out, settings | ({MIXED: [None]} if there else {}))
        return ("Mixed with results of unknown settings.",) if there else ()
    others = before.pop(MIXED, [])
    all_settings = [before, *others]
    if settings not in all_settings:
        all_settings.append(settings)
    changed = _changed(all_settings)
    if changed and not mix:
        names = ", ".join(changed)
        made = f"are already mixed ({names})" if others else f"were made with another {names}"
        raise InvalidOption(
            f"The results in {out.location} {made}: name another folder, or use --mix."
        )
    _write(out, before | ({MIXED: all_settings[1:]} if changed else {}))
    return (f"Mixed: results differ in {', '.join(changed)}.",) if changed else ()


def _stored(out: Storage) -> dict[str, Any] | None:
    """Return the content of ``run.json``; None if it is missing or damaged."""
    try:
        found = json.loads(out.read(RUN) or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get(MIXED, []), list):
        return None
    return found


def _changed(all_settings: list[dict[str, Any] | None]) -> list[str]:
    """Return what differs, by name."""
    known = [one for one in all_settings if one is not None]
    names = {name for one in known for name in one}
    first = known[0]
    changed = {name for name in names for one in known if one.get(name) != first.get(name)}
    return sorted(changed) + ["unknown settings"] * (len(known) < len(all_settings))


def _write(out: Storage, settings: dict[str, Any]) -> None:
    write(out, RUN, json.dumps(settings, indent=1) + "\n")
