"""Which leg hangs, the person's left or right: settled from everything the photo shows.

Lying on the back with the head to the photo's left shows the camera the right side, so the
question is whether the tested leg is the one in front. The pose model's labels answer it
wrongly in one photo of twenty; with a calibration its answer is weighed against the posture
and the edges around the hip. When the evidence is thin the side stays open and is asked for.
"""

from dataclasses import replace
from typing import Final

from vision.calibration import Calibration
from vision.calibration_input import CalibrationInput
from vision.sides import Side
from vision.view import TestedLeg, View, other

MIN_SIDE_VOTE: Final = 0.7
"""Share of the agreeing passes that must call the tested leg the same side, without a
calibration."""


def decide_tested_leg(
    view: View,
    found: CalibrationInput | None,
    calibration: Calibration | None,
    *,
    given: Side | None = None,
) -> View:
    """Return the view with the tested leg decided.

    Parameters
    ----------
    view : View
        Refused views come back unchanged.
    found : CalibrationInput or None
    calibration : Calibration or None
        Without either, the passes' labels vote.
    given : {"left", "right"}, optional
        The user's word, which wins.
    """
    if view.body is None or view.head_towards is None:
        return view
    near = other(view.head_towards)
    if found is None or calibration is None:
        share = view.body.labels.count(near) / len(view.body.labels)
        is_near, certain = share >= 0.5, max(share, 1 - share) >= MIN_SIDE_VOTE
    else:
        log_odds = calibration.near_log_odds(found)
        is_near, certain = log_odds > 0, abs(log_odds) >= calibration.min_log_odds
    inferred = near if is_near else other(near)
    side = given or inferred
    leg = TestedLeg(side, "given" if given else "inferred", side == near, inferred, certain)
    return replace(view, leg=leg)
