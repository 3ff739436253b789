"""Left and right, always the person's own."""

from typing import Final, Literal, get_args

from vision.sentences import Sentence

Side = Literal["left", "right"]
SIDES: Final[tuple[Side, ...]] = get_args(Side)
LEG_WORDS: Final[dict[Side, Sentence]] = {
    "left": Sentence("left leg"),
    "right": Sentence("right leg"),
}
"""A leg within a sentence."""
