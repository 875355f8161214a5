"""What a row of column names looks like, and what a row of values does."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_DIGITS: Final = re.compile(r"[-+]?[\d.,:/\sT-]+")
_WORD: Final = re.compile(r"[^\W\d_]")
_LONGEST: Final = 200  # characters of a name


def normalise(header: str) -> str:
    """Return a header as synonyms are compared: lower case, no accents, words with one space between."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def looks_like_data(cell: str) -> bool:
    """Tell whether a cell holds a number, a date, an address: something that names no column."""
    return bool(_DIGITS.fullmatch(cell)) or "@" in cell or "://" in cell or len(cell) > _LONGEST


def looks_like_names(cells: Sequence[str]) -> bool:
    """Tell whether all cells of a row could be names of columns, none of them blank."""
    return bool(cells) and all(
        cell.strip() and _WORD.search(cell) and not looks_like_data(cell.strip()) for cell in cells
    )


def begins_a_table(cells: Sequence[str], above: Sequence[str]) -> bool:
    """Tell whether a row below a blank one is the header of another table.

    It is where all its cells are names and it is of another width than the record ``above``, or has words
    without a digit where that has digits.
    """
    if len(cells) < 2 or not looks_like_names(cells):
        return False
    if len(cells) != len(above):
        return True
    return any(_has_digit(old) and not _has_digit(new) for old, new in zip(above, cells, strict=True))


def _has_digit(cell: str) -> bool:
    return any(character.isdigit() for character in cell)
