"""Parts of the reliability page that compare with what the tool states, and what GRRAS asks."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from benchmarks.markdown import number, share, span, table
from benchmarks.reliability_design import BODIES, FACETS, design
from benchmarks.reliability_figures import MDC, NEAR, Found, Record
from vision.repeats import FRAME_SHARE, QUANTITIES, RANDOM_SHARE, SETUP_SHARE

ANGLES: Final = dict(zip(QUANTITIES, ("thigh", "knee", "shank"), strict=True))
MAKES: Final = {"own": "own generator", "valid": "VALID", "rocketbox": "Rocketbox"}


def cell(value: Sequence[float], *, sign: bool = False) -> str:
    """Write a value with its interval."""
    middle, low, high = value
    return f"{number(middle, 2, sign=sign)} ({span((low, high), 2, sign=sign)})"


STATED: Final = (
    "angle",
    "stated σ",
    "RMSE",
    "truths inside 95 %",
    "stated difference, photos alone",
    "MDC95 measured, new set-up",
    "pairs of set-ups beyond the stated",
    "stated with setting up",
)
SHARES: Final = {
    "hand": ("held again by hand; used for a clip", FRAME_SHARE),
    "places": ("several places; used for one set-up", SETUP_SHARE),
    "setups": ("new set-ups; used for two postures", RANDOM_SHARE),
}
"""Head, and share that the tool uses, beside each share that was measured."""


def stated(found: Found) -> list[str]:
    rows, share_rows = [], []
    for quantity in QUANTITIES:
        one, name = found[quantity], ANGLES[quantity]
        said = one["printed"]
        rows.append(
            [
                name,
                number(said["sigma_rms"], 2),
                cell(one["truth"]["rmse"]),
                share(one["truth"]["inside_95"], one["truth"]["n"]),
                number(said["photos_deg"], 1),
                cell(one["facets"]["setup"]["mdc95"]),
                share(said["exceeded"], said["pairs"]),
                number(said["with_setup_deg"], 1),
            ]
        )
        shares = [
            f"{cell(one['shares'][key])}; {number(used[quantity], 2)}"
            for key, (_, used) in SHARES.items()
        ]
        share_rows.append([name, *shares])
    return [
        "## Against what the tool states",
        "Its standard errors and its smallest detectable difference (`vision.comparison`), of the photos alone and "
        "with that of setting up a person, beside what was measured. The tool lets no error cancel between two readings "
        "of one person, so that its stated difference should lie above the measured one. Then the share of the error's "
        "variance that averages out over photos, beside the share that `vision.repeats` uses.",
        table(STATED, rows),
        table(["angle", *(head for head, _ in SHARES.values())], share_rows),
    ]


METHODS: Final = [
    [
        "independence",
        "every photo was read alone, the true angle unknown to the program; photos of one body are not "
        "independent of each other, and intervals allow for that",
    ],
    [
        "statistics",
        "one-way analysis of variance and paired differences, SEM, MDC95 = "
        f"{number(MDC, 2)} · SEM, Bland-Altman limits; no ICC, because it would depend on how far apart the "
        "postures were drawn",
    ],
    [
        "estimates",
        "every one with an interval, from a bootstrap over bodies; in simulations with 14 normal bodies such "
        "intervals held the true standard deviation in 91–93 % and the true 95th percentile in 78 %",
    ],
    [
        "relevance",
        "follow-ups of one person and comparisons with a cut-off have different errors: RMSE and SEM above",
    ],
    ["detailed results", "`reliability.json`: every reading with its truth"],
]


def grras(records: Sequence[Record]) -> list[str]:
    return [
        "## What GRRAS asks",
        "Items of the Guidelines for Reporting Reliability and Agreement Studies (Kottner et al., J Clin Epidemiol "
        "2011;64:96-106).",
        table(["item", "here"], [*_sample(records), *METHODS]),
        "![Errors of every photo, a column for each body, thigh, knee and shank one below the other: the points of a "
        "body lie close together, and bodies differ by more.](reliability.png)",
    ]


def _sample(records: Sequence[Record]) -> list[list[str]]:
    count = Counter({record["body"]: record["make"] for record in records}.values())
    return [
        ["device", "`thomas-test`, the version and calibration named above, heavy pose model"],
        [
            "raters",
            "one: the program, which reads the same file alike each time (so there is no agreement within one file "
            "to report). Nobody corrected a point: a person who does is another rater, not studied here",
        ],
        [
            "subjects",
            ", ".join(f"{count[make]} {words}" for make, words in MAKES.items())
            + "; rendered adults, no patients; nobody obese, none with a contracture",
        ],
        [
            "sampling",
            "by seed, before anything was rendered; the avatars picked by hand for outfits that can be changed "
            "(VALID) and for not being in the training (Rocketbox)",
        ],
        [
            "size",
            f"{len(records)} of the {len(design())} photos and {sum(count.values())} of the {len(BODIES)} bodies that were "
            f"designed, up to {len(FACETS)} photos a body ({len(NEAR)} of the near leg): what could be rendered in "
            "the time there was, not calculated from a wanted precision",
        ],
    ]
