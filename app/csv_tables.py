"""CSV tables as used by spreadsheets: tolerant reading, and cells that are never formulas."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from vision.errors import InvalidOption

DELIMITERS: Final = ",;\t"
MISSING: Final = ("", "na", "n/a", "nan", "none", "null", "-", "–", "—")
"""Words for a missing number, in lower case."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,6}([.,][0-9]*)?(e[+-]?[0-9]{1,3})?")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
"""Texts that a spreadsheet takes for a formula, also after the quotes that prevent it."""
_LEGS: Final = {"l": "left", "r": "right"}
_SEPARATOR: Final = re.compile(r"sep=(.)[,;\t]*\r?\n", re.IGNORECASE)
"""Excel's optional first line, which names the delimiter."""
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a table is written: :func:`read_table` reads every style.

    Attributes
    ----------
    delimiter : str
        Between cells.
    decimal : {".", ","}
        Decimal sign of numbers.
    byte_order_mark : bool
        Begin with a mark by which Excel recognises UTF-8.
    """

    delimiter: str = ","
    decimal: Literal[".", ","] = "."
    byte_order_mark: bool = False

    @property
    def encoding(self) -> str:
        """Name of the encoding."""
        return "utf-8-sig" if self.byte_order_mark else "utf-8"

    def cell(self, value: Any) -> Any:
        """Return a value as it is written; None is an empty cell.

        >>> CsvStyle(decimal=",").cell(-3.9), CsvStyle().cell("=1+1")
        ('-3,9', "'=1+1")
        """
        if value is None:
            return ""
        if isinstance(value, float):
            return str(value).replace(".", self.decimal)
        return write_cell(value)


PLAIN: Final = CsvStyle()


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, without surrounding space.

    Attributes
    ----------
    columns : tuple of str
        Names in lower case, words joined by ``_``: `` Thigh deg`` is ``thigh_deg``.
    rows : tuple of (int, tuple of str)
        Number and cells of each non-empty row, one cell per column. The first row of the file is
        number 1.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(data: bytes, name: str, *, errors: str = "strict") -> Table:
    """Read a table: comma, semicolon or tab between cells; UTF-8 or UTF-16.

    Parameters
    ----------
    data : bytes
    name : str
        Name of the file, for messages.
    errors : str
        Treatment of bytes that are not UTF-8, as in :meth:`bytes.decode`.

    Raises
    ------
    InvalidOption
        The message names the row and its fault: a cell is never dropped or assigned to another
        column.
    """
    text = decoded(data, name, errors)
    named = _SEPARATOR.match(text)
    delimiter = named[1] if named else _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(lines, 1):
            stripped = [read_cell(cell.strip()) for cell in cells]
            if any(stripped) and not (named and number == 1):
                rows.append((number, stripped))
    except csv.Error as error:
        line = f"{error} in line {lines.line_num}"
        raise InvalidOption(f"{name} is not valid CSV: {line}.") from error
    header = rows[0][1] if rows else []
    while header and not header[-1]:
        header.pop()
    columns = tuple(column_name(cell) for cell in header)
    if twice := [column for column in columns if column and columns.count(column) > 1]:
        raise InvalidOption(f"{name} names a column twice: {twice[0][:_LONGEST]!r}.")
    body = tuple((number, _fitted(cells, columns, name, number)) for number, cells in rows[1:])
    return Table(columns, body)


def decoded(data: bytes, name: str, errors: str = "strict") -> str:
    """Return the text of a file in UTF-8 or UTF-16, with or without a byte order mark.

    Raises
    ------
    InvalidOption
        If it is in neither encoding.
    """
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        if b"\0" in data[:2]:  # the first character has two bytes
            return data.decode("utf-16-be" if data.startswith(b"\0") else "utf-16-le")
        return data.decode("utf-8-sig", errors)
    except UnicodeDecodeError as error:
        raise InvalidOption(f"{name} is not in UTF-8; save it as CSV UTF-8.") from error


def column_name(text: str) -> str:
    """Return a column's name, independent of case and of separators between words.

    >>> column_name(" Thigh-Deg ")
    'thigh_deg'
    """
    return re.sub(r"[\s_-]+", "_", text.strip()).casefold()


def leg_of(text: str) -> str:
    """Return ``left`` or ``right`` for either word or its first letter; other texts unchanged.

    >>> leg_of("L"), leg_of("Right"), leg_of("both")
    ('left', 'right', 'both')
    """
    return _LEGS.get(text.casefold(), text.casefold())


def degrees(text: str) -> float | None:
    """Return the number in a cell; None if the cell is marked as missing.

    >>> degrees("−3,9°"), degrees("n/a")
    (-3.9, None)

    Raises
    ------
    ValueError
        If the cell is not a number.
    """
    plain = text.strip().casefold().removesuffix("°").rstrip().replace("−", "-")
    if plain in MISSING:
        return None
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    return float(plain.replace(",", "."))


def write_cell(value: Any) -> Any:
    """Escape a text that a spreadsheet would take for a formula; numbers stay numbers.

    >>> write_cell("-1.jpg"), write_cell(-1.0)
    ("'-1.jpg", -1.0)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def read_cell(text: str) -> str:
    """Undo :func:`write_cell`.

    >>> read_cell("'-1.jpg"), read_cell("'quoted'")
    ('-1.jpg', "'quoted'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _delimiter(text: str) -> str:
    """Return the most frequent delimiter in the first non-empty line."""
    header = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _fitted(
    cells: Sequence[str], columns: Sequence[str], name: str, number: int
) -> tuple[str, ...]:
    """Return one cell per column; surplus cells are an error unless they are empty."""
    filled = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    if filled > len(columns):
        raise InvalidOption(
            f"{name}, row {number}: {filled} cells, the header has {len(columns)}. Decimal commas "
            "need semicolons between cells, or quotes."
        )
    return tuple(cells[: len(columns)]) + ("",) * (len(columns) - len(cells))
