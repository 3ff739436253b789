"""Which photo a row of the reference table means, and which result belongs to it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.agreement.reference import Reference, ReferencePhoto
from app.agreement.scored import Scored
from vision.errors import InvalidOption


def _file_name(name: str) -> str:
    return re.split(r"[\\/]", name)[-1]


def _stem(name: str) -> str:
    return re.sub(r"\.[A-Za-z]{3,4}$", "", _file_name(name)).casefold()


_WAYS: Final[tuple[Callable[[str], str], ...]] = (
    str,
    _file_name,
    lambda name: _file_name(name).casefold(),
    _stem,
)
"""Ways to compare names, the strictest first: as written, without folders, without case, without
the ending."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo with a reference, and what the tool read in it."""

    reference: ReferencePhoto
    scored: Scored

    @property
    def wrong_leg(self) -> bool:
        """Whether the tool measured another leg than the reference did."""
        both = (self.reference.leg, self.scored.leg)
        return all(both) and both[0] != both[1]


@dataclass(frozen=True, slots=True)
class Matched:
    """All pairs, and what has no partner.

    Attributes
    ----------
    pairs : tuple of Pair
    missing : tuple of ReferencePhoto
        In the table, without a photo.
    unlisted : tuple of str
        Photos that the table does not name.
    """

    pairs: tuple[Pair, ...]
    missing: tuple[ReferencePhoto, ...]
    unlisted: tuple[str, ...]


def find_photos(reference: Reference, paths: Sequence[str]) -> dict[str, str]:
    """Return the path of each id in the table that has one photo.

    Raises
    ------
    InvalidOption
        If two ids mean the same photo, or an id means several photos.
    """
    ids = list(dict.fromkeys(photo.id for photo in reference.photos))
    found: dict[str, str] = {}
    for way in _WAYS:
        taken = set(found.values())
        left = _by(way, (path for path in paths if path not in taken))
        rows = _by(way, (one for one in ids if one not in found))
        for name, meant in rows.items():
            photos = left.get(name, [])
            if photos and (len(photos) > 1 or len(meant) > 1):
                raise InvalidOption(_ambiguous(reference.file, meant, photos))
            if photos:
                found[meant[0]] = photos[0]
    return found


def _by(way: Callable[[str], str], names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(way(name), []).append(name)
    return found


def _ambiguous(file: str, ids: Sequence[str], photos: Sequence[str]) -> str:
    rows, named = (" and ".join(repr(one[:40]) for one in names[:2]) for names in (ids, photos))
    return f"{file}: {rows} may mean {named}; write the photos' paths below the folder."


def match(
    reference: Reference, scored: Sequence[Scored], other_photos: Sequence[str] = ()
) -> Matched:
    """Pair each row of the reference with its result, by photo, and by leg where one has both.

    Parameters
    ----------
    reference : Reference
    scored : sequence of Scored
    other_photos : sequence of str
        Photos that were found and not measured, because the table does not name them.

    Raises
    ------
    InvalidOption
        If it is not clear which photo a row means.
    """
    by_path: dict[str, list[Scored]] = {}
    for one in scored:
        by_path.setdefault(one.path, []).append(one)
    paths = find_photos(reference, list(by_path))
    pairs, missing, used = [], [], set()
    rows = Counter(photo.id for photo in reference.photos)
    for photo in reference.photos:
        path = paths.get(photo.id)
        results = [] if path is None else by_path[path]
        if len(results) > 1 and not photo.leg:
            raise InvalidOption(
                f"{reference.file}: there are results for both legs in {photo.id[:40]!r}; a column "
                "leg must name one."
            )
        alone = len(results) == 1 and rows[photo.id] == 1
        found = [one for one in results if alone or one.leg == photo.leg]
        if found:
            pairs.append(Pair(photo, found[0]))
            used.add(found[0].path)
        else:
            missing.append(photo)
    unlisted = (*other_photos, *(path for path in by_path if path not in used))
    return Matched(tuple(pairs), tuple(missing), unlisted)
