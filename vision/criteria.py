"""The registry of rule-sets: data with versions and citations, no logic.

A rule-set judges the angles by cut-offs. A result stores the id and version of the rule-set it
was judged by, so that old results can be distinguished from new ones.
"""

from dataclasses import dataclass
from typing import Final, Literal

from vision.errors import InvalidOption
from vision.sentences import Sentence, degrees, joined

Criterion = Literal["thigh", "knee", "rotation", "pain"]
KneeFollows = Literal["never", "below", "both"]
"""On which side of the horizontal the knee's cut-off moves with the thigh, degree for degree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Cut-offs of one published rule.

    Attributes
    ----------
    id, version : str
        Stored with each result; the version changes whenever a cut-off does.
    title : str
        Title as shown to people.
    thigh_max_deg : float
        The thigh passes at or below this angle to the horizontal, degrees.
    thigh_optimal_deg : float or None
        The thigh is called optimal around this angle, degrees.
    knee_min_deg : float or None
        The knee passes at or above this flexion with the thigh level, degrees; None if the rule
        has no knee criterion.
    knee_follows_thigh : {"never", "below", "both"}
        On which side of the horizontal the knee's cut-off follows the thigh, degree for degree.
        The lower the thigh, the less a knee bends with a plumb shank (``below``); Kendall &
        McCreary also require more, the higher the thigh (``both``).
    abduction_max_deg : float or None
        The thigh passes at or below this abduction, degrees, if a photo from above the feet
        measured it; None if the rule has no cut-off for it.
    judges_pain : bool
        Whether pain in hip or knee is a criterion of the rule itself; pain rules out a plain pass
        under every rule-set.
    judges_rotation : bool
        Whether a rotated or abducted thigh is a criterion.
    citation : str
        Where the rule is published.
    population : str
        People for whom the rule was made, or on whom it was measured.
    limits : str
        Limitations of verdicts by this rule.
    """

    id: str
    version: str
    title: str
    thigh_max_deg: float
    thigh_optimal_deg: float | None = None
    knee_min_deg: float | None = None
    knee_follows_thigh: KneeFollows = "never"
    abduction_max_deg: float | None = None
    judges_pain: bool = False
    judges_rotation: bool = False
    citation: str
    population: str = ""
    limits: str = ""

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Criteria of the rule; pain is asked about under every rule-set."""
        knee: tuple[Criterion, ...] = () if self.knee_min_deg is None else ("knee",)
        rotation: tuple[Criterion, ...] = ("rotation",) if self.judges_rotation else ()
        return ("thigh", *knee, "pain", *rotation)

    def knee_cutoff_deg(self, thigh_deg: float) -> float | None:
        """Return the knee flexion that passes with the thigh at an angle, degrees.

        Continuous in the thigh; None if the rule has no knee criterion.
        """
        if self.knee_min_deg is None or self.knee_follows_thigh == "never":
            return self.knee_min_deg
        both = self.knee_follows_thigh == "both"
        return self.knee_min_deg + (thigh_deg if both else min(0.0, thigh_deg))

    @property
    def shank_max_deg(self) -> float | None:
        """Largest angle from plumb at which the shank passes, degrees.

        None unless the knee follows the thigh. ``knee ≥ knee_min + thigh`` is the same as ``90 +
        thigh − knee ≤ 90 − knee_min``.
        """
        if self.knee_min_deg is None or self.knee_follows_thigh == "never":
            return None
        return 90.0 - self.knee_min_deg

    def in_words(self) -> Sentence:
        """Write the cut-offs in one line."""
        said = [Sentence("thigh ≤ {angle}", angle=degrees(self.thigh_max_deg))]
        if self.thigh_optimal_deg is not None:
            said.append(Sentence("optimal near {angle}", angle=degrees(self.thigh_optimal_deg)))
        said.append(self._knee_in_words())
        if self.abduction_max_deg is not None:
            said.append(Sentence("abduction ≤ {angle}", angle=degrees(self.abduction_max_deg)))
        said += [Sentence("no pain")] * self.judges_pain
        said += [Sentence("no rotation or drift")] * self.judges_rotation
        return joined(", ", said)

    def _knee_in_words(self) -> Sentence:
        if self.knee_min_deg is None:
            return Sentence("no knee criterion")
        angle = degrees(self.knee_min_deg)
        if self.knee_follows_thigh == "below":
            return Sentence(
                "knee ≥ {angle}, less by as much as the thigh is below horizontal", angle=angle
            )
        if self.knee_follows_thigh == "both":
            return Sentence("knee ≥ {angle} + thigh", angle=angle)
        return Sentence("knee ≥ {angle}", angle=angle)


DEFAULT_RULES: Final = "guide"
_KNEE_CAUTION: Final = Sentence(
    "Athletes' knees hang at 52 to 55° on average (see the norms), so an 80 to 90° rule calls "
    "nearly all of them short."
)
_PLUMB_LIMIT: Final = Sentence(
    "A shank that hangs plumb cannot reach this flexion once the thigh lies below horizontal: "
    "such a knee is borderline at worst, never a fail."
)

RULE_SETS: Final = {
    rules.id: rules
    for rules in (
        RuleSet(
            id="guide",
            version="2",
            title=Sentence("Psoas-release guide"),
            thigh_max_deg=0.0,
            thigh_optimal_deg=-10.0,
            knee_min_deg=80.0,
            knee_follows_thigh="below",
            judges_pain=True,
            judges_rotation=True,
            citation=Sentence(
                "Psoas-release guide: thigh at least parallel to the floor, about 10° below "
                "is optimal; knee bent near 90°, read here as a shank within 10° of hanging "
                "plumb, because a lower thigh leaves gravity less knee to bend; no pain; thigh "
                "not excessively rotated."
            ),
            population=Sentence("Adults with tightness at the front of the hip."),
            limits=Sentence(
                "Its figures rest on no published sample. {knee_caution}",
                knee_caution=_KNEE_CAUTION,
            ),
        ),
        RuleSet(
            id="kendall",
            version="2",
            title=Sentence("Kendall & McCreary"),
            thigh_max_deg=0.0,
            knee_min_deg=80.0,
            knee_follows_thigh="both",
            judges_rotation=True,
            citation=(
                "Kendall FP, McCreary EK. Muscles: Testing and Function. Length test of the hip "
                "flexors: thigh on the table with the low back flat, knee flexion about 80°; as "
                "many degrees more as the hip is flexed."
            ),
            population=Sentence("Textbook; adults."),
            limits=(
                Sentence(
                    "Made for a thigh that lies on the table: below horizontal its one-to-one "
                    "trade of thigh for knee is extrapolated. {knee_caution}",
                    knee_caution=_KNEE_CAUTION,
                )
            ),
        ),
        RuleSet(
            id="ferber-2010",
            version="2",
            title=Sentence("Ferber, Kendall & McElroy 2010"),
            thigh_max_deg=-9.69,
            citation=(
                "Ferber R, Kendall KD, McElroy L. Normative and critical criteria for iliotibial "
                "band and iliopsoas muscle flexibility. J Athl Train 2010;45(4):344-348. "
                "doi:10.4085/1062-6050-45.4.344"
            ),
            population=Sentence(
                "300 recreational athletes, 600 limbs; mean −10.6°, SD 9.6°. 250 of them were "
                "injured runners, 50 controls."
            ),
            limits=Sentence(
                "One standard deviation above the mean of limbs that a clinician passed; thigh "
                "only, so it says nothing about the rectus femoris."
            ),
        ),
        RuleSet(
            id="execp-2021",
            version="2",
            title=Sentence("EXECP protocol 2021"),
            thigh_max_deg=0.0,
            knee_min_deg=67.0,
            abduction_max_deg=0.0,
            judges_rotation=True,
            citation=(
                "EXECP study protocol. BMC Sports Sci Med Rehabil 2021. "
                "doi:10.1186/s13102-021-00242-y, Table 4"
            ),
            population=Sentence(
                "Children and young adults with cerebral palsy; cut-offs from typically "
                "developing people."
            ),
            limits=Sentence(
                "A protocol for a patient group; an examiner holds the hip only in part of it. "
                "{plumb_limit}",
                plumb_limit=_PLUMB_LIMIT,
            ),
        ),
        RuleSet(
            id="magee",
            version="2",
            title=Sentence("Magee"),
            thigh_max_deg=0.0,
            knee_min_deg=90.0,
            judges_rotation=True,
            citation="Magee DJ. Orthopedic Physical Assessment. Thomas test and Kendall test of "
            "the rectus femoris. (The 90° is quoted from secondary sources, not traced to the "
            "book's page.)",
            population=Sentence("Textbook; adults."),
            limits=Sentence(
                "The strictest knee rule of these. {plumb_limit} {knee_caution}",
                plumb_limit=_PLUMB_LIMIT,
                knee_caution=_KNEE_CAUTION,
            ),
        ),
    )
}
"""Every rule-set, by id."""


def rule_set(rules: str | RuleSet) -> RuleSet:
    """Return the rule-set with an id; a rule-set is returned unchanged.

    Raises
    ------
    InvalidOption
        If there is no rule-set with that id.
    """
    if isinstance(rules, RuleSet):
        return rules
    if rules not in RULE_SETS:
        raise InvalidOption(
            Sentence(
                "Unknown rule-set {id}. Available: {ids}.", id=repr(rules), ids=", ".join(RULE_SETS)
            )
        )
    return RULE_SETS[rules]
