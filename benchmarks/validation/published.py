"""Published figures of others, each with its source; nothing here was measured by us.

Only figures found in the source itself or its abstract are listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.markdown import table


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure: who, on what and against what, the figure, where it is written."""

    who: str
    task: str
    figure: str
    source: str


PEOPLE: Final = (
    Published(
        "people scoring one photo again",
        "modified Thomas Test, knee; no new set-up",
        "SEM 1.0°, ICC 0.97–0.98; pass or fail κ 0.86–0.99",
        "Peeler & Leiter, Physiother Theory Pract 2013;29:319. doi:10.3109/09593985.2012.731140",
    ),
    Published(
        "goniometer and eye, live",
        "modified Thomas Test, knee",
        "SEM 7°, ICC 0.67 / 0.50 (within / between raters); pass or fail κ 0.40 / 0.33",
        "Peeler & Anderson, J Athl Train 2008;43:470. doi:10.4085/1062-6050-43.5.470",
    ),
    Published(
        "goniometer and eye, live",
        "Thomas Test, hip",
        "ICC 0.52 / 0.60; pass or fail κ 0.47 / 0.39",
        "Peeler & Anderson, Phys Ther Sport 2007;8:14",
    ),
    Published(
        "drop of the knee over thigh length",
        "modified Thomas Test, hip, n = 22; the same trigonometry as a levelled photo",
        "ICC 0.91–0.94 between raters; goniometer 0.30–0.65",
        "J Athl Train 2015;50:460. PMC4560013",
    ),
    Published(
        "inclinometer, goniometer",
        "modified Thomas Test, hip, n = 42",
        "ICC 0.89–0.92 between raters",
        "Clapis et al., Physiother Theory Pract 2008;24:135. doi:10.1080/09593980701378256",
    ),
    Published(
        "examiner, set up anew",
        "modified Thomas Test, knee, n = 13; pelvis free, held, actively held",
        "MDC95 4.2° / 3.7° / 2.4°",
        "J Phys Ther Sci 2015. PMC4339157",
    ),
    Published(
        "inclinometer, set up anew",
        "modified Thomas Test, n = 90",
        "MDC95 6.9°",
        "Cejudo et al., Phys Ther Sport 2015;16:107. doi:10.1016/j.ptsp.2014.05.004",
    ),
    Published(
        "smartphone clinometer",
        "modified Thomas Test, hip",
        "ICC 0.98 between raters, SEM 1.1–2.3°, MDC95 2.9–6.5°",
        "Mendeley Data 70ca53f2",
    ),
    Published(
        "six raters on photos",
        "Thomas Test, 20 rugby players",
        "Fleiss κ iliopsoas 0.78, rectus femoris 0.80, TFL 0.56",
        "Cady, Hopgood & Powis, J Bodyw Mov Ther 2022;29:86",
    ),
)
"""People: mostly agreement among themselves, not error against a truth."""

MACHINES: Final = (
    Published(
        "OpenPose, one camera",
        "gait against motion capture",
        "MAE hip 4.0°, knee 5.6°",
        "Stenum et al., PLoS Comput Biol 2021;17:e1008935",
    ),
    Published(
        "OpenPose, one photo",
        "knee after replacement against radiographs, 35 knees",
        "flexion ICC 0.953; extension 0.815, 2.3° off",
        "Saiki et al., Bone Joint Res 2023;12:313",
    ),
    Published(
        "MediaPipe",
        "knee in a squat, seen square from the side, against inertial sensors",
        "−2.3 ± 6.4°; in tight trousers 1.6 ± 3.5°",
        "Cosoli et al. 2026. iris.uniecampus.it/handle/11389/91575",
    ),
    Published(
        "2-D video app (Orthelligent VISION)",
        "gait against motion capture, range of motion",
        "mean deviation knee 3.8°, hip 3.7°",
        "PLoS ONE 2025;20:e0324499",
    ),
    Published(
        "pose models in general",
        "joint centres against motion capture",
        "hip and knee 30–50 mm off, systematically",
        "Needham et al., Sci Rep 2021;11. doi:10.1038/s41598-021-00212-x",
    ),
)
"""Pose estimation on other tasks; no published automatic Thomas Test was found."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One tool: what it takes, the hip angle it gives, its error bar, its published accuracy."""

    name: str
    takes: str
    hip_angle: str
    error_bar: str
    accuracy: str


PEERS: Final = (
    Peer(
        "MotionLens (hosted service)",
        "video, side given by the user",
        "unsigned shoulder–hip–knee angle",
        "spread over the frames",
        "none found",
    ),
    Peer(
        "Sports2D",
        "video",
        "segment angle to the horizontal",
        "none",
        "none of its own; its several-camera sister Pose2Sim 3.0–4.1° in walking, running, cycling "
        "(Sensors 2022;22:2712)",
    ),
    Peer(
        "OpenCap",
        "video of two phones or more",
        "3-D, relative to the pelvis",
        "none",
        "for other tasks (PLoS Comput Biol 2023)",
    ),
    Peer(
        "Kinovea",
        "photo or video, points set by hand",
        "to the horizontal",
        "none",
        "±2.5° within, ±5° between raters (quoted in Sensors 2025;25:4269)",
    ),
)
"""As their documentation or code read in November 2026; hosted ones may have changed."""


def published_table(rows: Sequence[Published]) -> str:
    return table(
        ["who", "what", "figure", "source"],
        [[one.who, one.task, one.figure, one.source] for one in rows],
    )


def peer_table() -> str:
    return table(
        ["tool", "takes", "hip angle", "error bar", "accuracy it publishes"],
        [[p.name, p.takes, p.hip_angle, p.error_bar, p.accuracy] for p in PEERS],
    )
