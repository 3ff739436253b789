"""Content negotiation: the available media types, and the choice among them (RFC 9110)."""

from collections.abc import Mapping
from typing import Final, Literal

from vision.errors import InvalidOption
from vision.sentences import Sentence

Kind = Literal["json", "png", "jpeg", "html", "fhir", "fhir-transaction"]
MEASURE_OFFERS: Final[dict[str, Kind]] = {
    "application/json": "json",
    "image/png": "png",
    "image/jpeg": "jpeg",
    "text/html": "html",
    "application/fhir+json": "fhir",
}
"""Media types of responses to ``POST /v1/measure``, the preferred one first."""
EXAMINATION_OFFERS: Final[dict[str, Kind]] = {
    media: kind for media, kind in MEASURE_OFFERS.items() if not media.startswith("image/")
}
"""The same for ``POST /v1/examinations``."""
VERDICT_HEADER: Final = "X-Thomas-Verdict"
BUNDLE_HEADER: Final = "X-Thomas-Bundle"
"""Of a request for FHIR: ``collection`` or ``transaction``. Queries are dropped, see the body limits."""


def negotiate(accept: str, offers: Mapping[str, Kind]) -> Kind | None:
    """Choose the format by an ``Accept`` header; None if no available type matches.

    The highest quality wins, then the more specific type, then our own order.

    >>> negotiate("image/png", MEASURE_OFFERS), negotiate("text/css", MEASURE_OFFERS)
    ('png', None)
    """
    best: Kind | None = None
    best_rank = (0.0, -1)
    for offer, answer in offers.items():
        rank = _rank(offer, accept or "*/*")
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = answer, rank
    return best


def _rank(offer: str, accept: str) -> tuple[float, int]:
    """Quality and specificity (2 full, 1 ``image/*``, 0 ``*/*``) of a type in a header."""
    kinds = ("*/*", f"{offer.partition('/')[0]}/*", offer)
    found = (0.0, -1)
    for item in accept.split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        if media in kinds and kinds.index(media) > found[1]:
            found = (_quality(parameters), kinds.index(media))
    return found


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def with_bundle(kind: Kind | None, bundle: str) -> Kind | None:
    """Apply the header :data:`BUNDLE_HEADER` to what was negotiated.

    Parameters
    ----------
    kind : str or None
        Of :func:`negotiate`.
    bundle : str
        ``collection``, the default where it is empty, or ``transaction``.

    Raises
    ------
    InvalidOption
        If it is neither.
    """
    if bundle not in ("", "collection", "transaction"):
        raise InvalidOption(
            Sentence(
                "The bundle is {bundle}; it must be collection or transaction.",
                bundle=repr(bundle[:40]),
            )
        )
    return "fhir-transaction" if kind == "fhir" and bundle == "transaction" else kind
