"""A pen for pictures: lines, arcs and letters that are visible on any background."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
INK: Final[Colour] = (16, 24, 32)
WHITE: Final[Colour] = (255, 255, 255)
MINUS: Final = "\N{MINUS SIGN}"
"""Missing from Pillow's built-in font, so it is drawn."""


class Pen:
    """A drawing surface with strokes and letters scaled to the picture."""

    def __init__(self, picture: Image.Image) -> None:
        self.draw = ImageDraw.Draw(picture, "RGBA")
        self.size = picture.size
        side = max(picture.size)
        self.width = max(2, round(side / 240))
        self.font = built_in_font(max(13, round(side / 36)))
        self.small = built_in_font(max(11, round(side / 54)))

    def line(self, points: list[tuple[float, ...]], colour: Colour) -> None:
        """Draw a polyline and its joints, with a dark outline that is visible on any background."""
        self.draw.line(points, fill=INK, width=self.width + 4, joint="curve")
        self.draw.line(points, fill=colour, width=self.width, joint="curve")
        radius = 1.6 * self.width
        for x, y in points:
            box = (x - radius, y - radius, x + radius, y + radius)
            self.draw.ellipse(box, fill=colour, outline=INK, width=2)

    def dashes(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
        """Draw a dashed line, for reference lines."""
        count = max(2, round(float(np.linalg.norm(end - start)) / (4 * self.width)))
        stops = np.linspace(0, 1, 2 * count)
        for first, last in zip(stops[::2], stops[1::2], strict=True):
            dash = [tuple(start + (end - start) * first), tuple(start + (end - start) * last)]
            self.draw.line(dash, fill=INK, width=self.width + 2)
            self.draw.line(dash, fill=WHITE, width=max(1, self.width - 1))

    def arc(
        self, centre: NDArray[np.float64], radius: float, start: float, end: float, colour: Colour
    ) -> None:
        """Draw the shorter arc between two image directions (degrees, clockwise on screen)."""
        sweep = (end - start + 180) % 360 - 180
        first, last = sorted((start, start + sweep))
        box = (*(centre - radius), *(centre + radius))
        self.draw.arc(box, first, last, fill=INK, width=self.width + 4)
        self.draw.arc(box, first, last, fill=colour, width=self.width + 1)

    def label(self, text: str, centre: NDArray[np.float64], colour: Colour) -> None:
        """Write a value in a dark box, moved inside the picture if necessary."""
        top, bottom = self.font.getbbox(text.replace(MINUS, "0"))[1::2]
        half = np.array([self._length(text), bottom - top]) / 2 + self.width * 2
        low, high = half + 2, np.array(self.size) - half - 2
        x, y = np.maximum(np.minimum(centre, high), low)
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        self.draw.rounded_rectangle(box, radius=3 * self.width, fill=(*INK, 205))
        self._write(text, float(x) - self._length(text) / 2, float(y), colour)

    def _length(self, text: str) -> float:
        """Return the width of a text with its minus signs, pixels."""
        minus = self.font.getlength("+")
        pieces = text.split(MINUS)
        return sum(map(self.font.getlength, pieces)) + (len(pieces) - 1) * minus

    def _write(self, text: str, x: float, y: float, colour: Colour) -> None:
        """Write from the left end of the middle line; a minus is the bar of the plus sign."""
        _, top, _, bottom = self.font.getbbox("+", anchor="lm")
        wide, thick = self.font.getlength("+"), max(2, round(self.font.size / 9))
        for number, piece in enumerate(text.split(MINUS)):
            if number:
                gap, middle = 0.15 * wide, y + (top + bottom) / 2
                self.draw.line(
                    [(x + gap, middle), (x + wide - gap, middle)], fill=colour, width=thick
                )
                x += wide
            self.draw.text((x, y), piece, fill=colour, font=self.font, anchor="lm")
            x += self.font.getlength(piece)

    def banner(self, text: str) -> None:
        """Write a caption along the bottom, wrapped as needed."""
        width, height = self.size
        margin = self.width * 3
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.small.getlength(longer) <= width - 2 * margin:
                lines[-1] = longer
            else:
                lines.append(word)
        step = 1.35 * self.small.size
        bar = step * (len(lines) + 0.6)
        self.draw.rectangle((0, height - bar, width, height), fill=(*INK, 205))
        for number, line in enumerate(lines):
            place = (margin, height - bar + step * (number + 0.8))
            self.draw.text(place, line, fill=WHITE, font=self.small, anchor="lm")


def built_in_font(size_px: int) -> ImageFont.FreeTypeFont:
    """Load Pillow's built-in font; it is scalable if FreeType is available."""
    font = ImageFont.load_default(size_px)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
