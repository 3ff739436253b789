"""Published means to show beside a reading; nothing is judged by them."""

from dataclasses import dataclass
from typing import Final

from vision.sentences import Number, Sentence, degrees, joined


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

    def in_words(self) -> Sentence:
        """Write the means in one line."""
        said = [Sentence("thigh {mean}", mean=_mean(self.thigh_deg, self.thigh_sd_deg))]
        if self.knee_flexion_deg is not None:
            mean = _mean(self.knee_flexion_deg, self.knee_flexion_sd_deg)
            said.append(Sentence("knee {mean}", mean=mean))
        if self.abduction_deg is not None:
            said.append(Sentence("abduction {mean}", mean=degrees(self.abduction_deg)))
        return joined(", ", said)


def _mean(value: float, sd: float | None) -> Number:
    return degrees(value) if sd is None else Number(f"{degrees(value)} ± {degrees(sd)}")


NORMS: Final = (
    Norm(
        id="harvey-1998",
        title=Sentence("Elite athletes"),
        limbs=Sentence("117 athletes"),
        thigh_deg=-11.9,
        knee_flexion_deg=52.5,
        abduction_deg=15.6,
        citation="Harvey D. Assessment of the flexibility of elite athletes using the modified "
        "Thomas test. Br J Sports Med 1998;32:68-70.",
    ),
    Norm(
        id="soccer-2014",
        title=Sentence("Elite soccer players"),
        limbs=Sentence("182 men, dominant leg"),
        thigh_deg=-6.8,
        thigh_sd_deg=5.7,
        knee_flexion_deg=55.2,
        knee_flexion_sd_deg=8.4,
        citation="Br J Sports Med 2014;48(7):568 (conference abstract).",
    ),
    Norm(
        id="ferber-2010",
        title=Sentence("Recreational athletes"),
        limbs=Sentence("600 limbs"),
        thigh_deg=-10.6,
        thigh_sd_deg=9.6,
        citation="Ferber R, Kendall KD, McElroy L. J Athl Train 2010;45(4):344-348.",
    ),
)
"""Published means to show beside a reading, not to judge by."""
NORMS_CAUTION: Final = Sentence(
    "These means are athletes', with the pelvis as it lay. In women the modified test turned "
    "the pelvis by 9.3°: their thighs hung 15.5 ± 6.0° below horizontal, and 6.2 ± 6.8° below "
    "with the pelvis held (figures not traced to their publication)."
)
"""What to keep in mind when a reading is compared with :data:`NORMS`."""
