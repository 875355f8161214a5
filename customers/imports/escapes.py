"""Dialects that csv does not know: delimiters of several characters, and escapes that keep what they can.

``csv`` takes an escape away before any character, so that ``C:\\new`` would lose its backslash. Here it goes
only before a quote, a delimiter or another escape; elsewhere it is text.
"""

import re
from collections.abc import Iterator
from typing import Final

#: What csv sees in place of a delimiter of several characters: a code point that no text may hold.
STAND_IN: Final = "\ufdd0"


class Translation:
    """Turns lines into what csv reads alike, and the cells that come of it into what they were."""

    def __init__(self, delimiter: str, quote: str, escape: str) -> None:
        self._delimiter = delimiter if len(delimiter) > 1 else ""
        self._escape = escape
        special = "".join(map(re.escape, {*delimiter, *quote, escape}))
        pair = f"{re.escape(escape)}[{special}]?" if escape else ""
        self._marks = re.compile("|".join(filter(None, (pair, re.escape(self._delimiter)))))

    def translate(self, lines: Iterator[str]) -> Iterator[str]:
        """Yield each line as csv reads it."""
        for line in lines:
            if self._escape and self._escape in line:
                yield self._marks.sub(self._translate_mark, line)
            else:
                yield line.replace(self._delimiter, STAND_IN) if self._delimiter else line

    def restore(self, cells: list[str]) -> list[str]:
        """Return cells in which a delimiter stood between quotes as it was written."""
        if not self._delimiter:
            return cells
        return [cell.replace(STAND_IN, self._delimiter) if STAND_IN in cell else cell for cell in cells]

    def _translate_mark(self, match: re.Match[str]) -> str:
        mark = match[0]
        if mark == self._delimiter:
            return STAND_IN
        return mark if len(mark) > 1 else self._escape * 2


def make_translation(delimiter: str, quote: str, escape: str) -> Translation | None:
    """Return what such a dialect needs; None where csv reads it by itself."""
    return Translation(delimiter, quote, escape) if len(delimiter) > 1 or escape else None
