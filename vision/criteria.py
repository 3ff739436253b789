"""The registry of rule-sets and norms: data with versions and citations, no logic.

A rule-set judges the angles by cut-offs. A result stores the id and version of the
rule-set it was judged by, so that old results can be told from new ones. A norm is a
published mean to show beside a reading; nothing is judged by it.
"""

import math
import re
import tomllib
from dataclasses import dataclass, fields
from typing import Any, Final

from vision.errors import InvalidOption


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Cut-offs of one published rule.

    Attributes
    ----------
    id, version : str
        Stored with each result; the version changes whenever a cut-off does.
    title : str
        For people.
    thigh_max_deg : float
        The thigh passes at or below this angle to the horizontal, degrees.
    thigh_optimal_deg : float or None
        At or below this it is called optimal, degrees.
    knee_min_deg : float or None
        The knee passes at or above this flexion, degrees; None: the rule has no knee part.
    knee_follows_thigh : bool
        Whether a thigh above the horizontal asks for as many degrees more of knee flexion.
    abduction_max_deg : float or None
        The thigh passes at or below this abduction, degrees, where a view from above the
        feet measured it; None: the rule gives no figure.
    judges_pain : bool
        Whether pain in hip or knee is a criterion of the rule itself.
    judges_rotation : bool
        Whether a rotated or abducted thigh is.
    citation : str
        Where the rule is published.
    population : str
        For whom it was made or on whom it was measured.
    limits : str
        What to keep in mind when reading a verdict by it.
    """

    id: str
    version: str
    title: str
    thigh_max_deg: float
    thigh_optimal_deg: float | None = None
    knee_min_deg: float | None = None
    knee_follows_thigh: bool = False
    abduction_max_deg: float | None = None
    judges_pain: bool = False
    judges_rotation: bool = False
    citation: str
    population: str = ""
    limits: str = ""

    def in_words(self) -> str:
        """Say the cut-offs in one line."""
        said = [f"thigh ≤ {_deg(self.thigh_max_deg)}"]
        if self.thigh_optimal_deg is not None:
            said.append(f"optimal ≤ {_deg(self.thigh_optimal_deg)}")
        if self.knee_min_deg is None:
            said.append("no knee part")
        else:
            follows = " + thigh above horizontal" if self.knee_follows_thigh else ""
            said.append(f"knee ≥ {_deg(self.knee_min_deg)}{follows}")
        if self.abduction_max_deg is not None:
            said.append(f"abduction ≤ {_deg(self.abduction_max_deg)}")
        said += ["no pain"] * self.judges_pain + ["no rotation or drift"] * self.judges_rotation
        return ", ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """A published mean, with its standard deviation where one was given; degrees."""

    id: str
    title: str
    limbs: str
    thigh_deg: float
    thigh_sd_deg: float | None = None
    knee_flexion_deg: float | None = None
    knee_flexion_sd_deg: float | None = None
    abduction_deg: float | None = None
    citation: str

    def in_words(self) -> str:
        """Say the means in one line."""
        parts = (
            ("thigh", self.thigh_deg, self.thigh_sd_deg),
            ("knee", self.knee_flexion_deg, self.knee_flexion_sd_deg),
            ("abduction", self.abduction_deg, None),
        )
        return ", ".join(
            f"{name} {_deg(mean)}" + ("" if sd is None else f" ± {_deg(sd)}")
            for name, mean, sd in parts
            if mean is not None
        )


def _deg(value: float) -> str:
    return f"{value:g}°".replace("-", "−")


DEFAULT_RULES: Final = "guide"
_KNEE_CAUTION: Final = (
    "Athletes hang their knee at 52 to 55° on average (see the norms), so an 80 to 90° rule "
    "calls nearly every one of them short."
)

RULE_SETS: Final = {
    rules.id: rules
    for rules in (
        RuleSet(
            id="guide",
            version="1",
            title="Psoas-release guide",
            thigh_max_deg=0.0,
            thigh_optimal_deg=-10.0,
            knee_min_deg=80.0,
            judges_pain=True,
            judges_rotation=True,
            citation=(
                "Psoas-release guide: thigh at least parallel to the floor, about 10° below "
                "is optimal; knee bent near 90°, read here with an allowance of 10°; no pain; "
                "thigh not excessively rotated."
            ),
            population="Adults with tightness at the front of the hip.",
            limits=f"No published sample stands behind its figures. {_KNEE_CAUTION}",
        ),
        RuleSet(
            id="kendall",
            version="1",
            title="Kendall & McCreary",
            thigh_max_deg=0.0,
            knee_min_deg=80.0,
            knee_follows_thigh=True,
            judges_rotation=True,
            citation=(
                "Kendall FP, McCreary EK. Muscles: Testing and Function. Length test of the hip "
                "flexors: thigh on the table with the low back flat, knee flexion about 80°."
            ),
            population="Textbook; adults.",
            limits=(
                "Made for a thigh that lies on the table: below the horizontal the shortage of "
                f"the two-joint muscles is not defined. {_KNEE_CAUTION}"
            ),
        ),
        RuleSet(
            id="ferber-2010",
            version="1",
            title="Ferber, Kendall & McElroy 2010",
            thigh_max_deg=-9.69,
            citation=(
                "Ferber R, Kendall KD, McElroy L. Normative and critical criteria for iliotibial "
                "band and iliopsoas muscle flexibility. J Athl Train 2010;45(4):344-348. "
                "doi:10.4085/1062-6050-45.4.344"
            ),
            population="300 recreational athletes, 600 limbs; mean −10.6°, SD 9.6°.",
            limits="One standard deviation above the mean of limbs that a clinician passed; "
            "thigh only.",
        ),
        RuleSet(
            id="execp-2021",
            version="1",
            title="EXECP protocol 2021",
            thigh_max_deg=0.0,
            knee_min_deg=67.0,
            abduction_max_deg=0.0,
            judges_rotation=True,
            citation=(
                "EXECP study protocol. BMC Sports Sci Med Rehabil 2021. "
                "doi:10.1186/s13102-021-00242-y, Table 4"
            ),
            population="Children and young adults with cerebral palsy; cut-offs from typically "
            "developing people.",
            limits="A protocol for a patient group, with an examiner who holds the hip.",
        ),
        RuleSet(
            id="magee",
            version="1",
            title="Magee",
            thigh_max_deg=0.0,
            knee_min_deg=90.0,
            judges_rotation=True,
            citation="Magee DJ. Orthopedic Physical Assessment. Thomas test and Kendall test of "
            "the rectus femoris.",
            population="Textbook; adults.",
            limits=f"The strictest knee rule of these. {_KNEE_CAUTION}",
        ),
    )
}
"""Every rule-set, by id."""

NORMS: Final = (
    Norm(
        id="harvey-1998",
        title="Elite athletes",
        limbs="117 athletes",
        thigh_deg=-11.9,
        knee_flexion_deg=52.5,
        abduction_deg=15.6,
        citation="Harvey D. Assessment of the flexibility of elite athletes using the modified "
        "Thomas test. Br J Sports Med 1998;32:68-70.",
    ),
    Norm(
        id="soccer-2014",
        title="Elite soccer players",
        limbs="182 men, dominant leg",
        thigh_deg=-6.8,
        thigh_sd_deg=5.7,
        knee_flexion_deg=55.2,
        knee_flexion_sd_deg=8.4,
        citation="Br J Sports Med 2014;48(7):568 (conference abstract).",
    ),
    Norm(
        id="ferber-2010",
        title="Recreational athletes",
        limbs="600 limbs",
        thigh_deg=-10.6,
        thigh_sd_deg=9.6,
        citation="Ferber R, Kendall KD, McElroy L. J Athl Train 2010;45(4):344-348.",
    ),
)
"""Published means to show beside a reading, not to judge by."""

_LIMITS_DEG: Final = {
    "thigh_max_deg": (-90.0, 90.0),
    "thigh_optimal_deg": (-90.0, 90.0),
    "knee_min_deg": (0.0, 160.0),
    "abduction_max_deg": (-45.0, 90.0),
}
_REQUIRED: Final = ("id", "version", "title", "thigh_max_deg", "citation")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MAX_TEXT: Final = 1000


def rule_set(rules: str | RuleSet) -> RuleSet:
    """Look a rule-set up; one that is given whole comes back as it is.

    Raises
    ------
    InvalidOption
        If there is none of that id.
    """
    if isinstance(rules, RuleSet):
        return rules
    if rules not in RULE_SETS:
        raise InvalidOption(f"Unknown rule-set {rules!r}; there is: {', '.join(RULE_SETS)}.")
    return RULE_SETS[rules]


def parse_rule_set(text: str) -> RuleSet:
    """Read a rule-set of the user's own.

    Parameters
    ----------
    text : str
        TOML: the attributes of :class:`RuleSet` as keys; ``id``, ``version``, ``title``,
        ``thigh_max_deg`` and ``citation`` are required. Degrees.

    Raises
    ------
    InvalidOption
        If it is not TOML, or a key is missing, unknown, of the wrong type, out of range, or
        the id is one of ours.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidOption(f"The rule-set is not valid TOML: {error}.") from error
    kinds = {field.name: field.type for field in fields(RuleSet)}
    for name in given:
        if name not in kinds:
            raise InvalidOption(f"Unknown key {name!r} in the rule-set; there is: {_list(kinds)}.")
    missing = [name for name in _REQUIRED if name not in given]
    if missing:
        raise InvalidOption(f"The rule-set lacks: {_list(missing)}.")
    rules = RuleSet(**{name: _checked(name, value, kinds[name]) for name, value in given.items()})
    _check_together(rules)
    return rules


def _check_together(rules: RuleSet) -> None:
    if not _ID.fullmatch(rules.id):
        raise InvalidOption(
            f"The rule-set's id is {rules.id[:40]!r}; it must be lower-case letters, digits and "
            "hyphens."
        )
    if rules.id in RULE_SETS:
        raise InvalidOption(f"The rule-set's id {rules.id!r} is taken by a built-in one.")
    if rules.thigh_optimal_deg is not None and rules.thigh_optimal_deg > rules.thigh_max_deg:
        raise InvalidOption("thigh_optimal_deg must not be above thigh_max_deg.")
    if rules.knee_follows_thigh and rules.knee_min_deg is None:
        raise InvalidOption("knee_follows_thigh needs knee_min_deg.")


def _checked(name: str, value: Any, kind: Any) -> Any:
    if kind is bool:
        if not isinstance(value, bool):
            raise InvalidOption(f"{name} is {value!r}; it must be true or false.")
        return value
    if kind is str:
        if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
            raise InvalidOption(f"{name} must be a text of 1 to {_MAX_TEXT} characters.")
        return value.strip()
    low, high = _LIMITS_DEG[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise InvalidOption(
            f"{name} is {value!r}; it must be a number of degrees from {low:g} to {high:g}."
        )
    return float(value)


def _list(names: Any) -> str:
    return ", ".join(names)
