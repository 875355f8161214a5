"""Reports of advertising: one row a campaign and day (or finer), with rows of totals among them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from customers.imports.presets.preset import Expander, find_header

_BLANKS: Final = frozenset({"", "--"})


def skip_totals(campaign: str, currency_of: str = "") -> Callable[[Sequence[str]], Expander]:
    """Return an expander that leaves out rows of totals, which name no campaign, and reads ``--`` as blank.

    ``currency_of``: the heading that holds the currency in brackets (``Amount spent (*)``); it is added as a
    column at the end.
    """

    def expander(header: Sequence[str]) -> Expander:
        place = header.index(campaign)
        heading = find_header(currency_of, header) if currency_of else None
        more = [heading.rpartition("(")[2].rstrip(") ")] if heading else []

        def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
            if cells[place].strip() in _BLANKS:
                return ()
            return ((True, ["" if cell.strip() == "--" else cell for cell in cells] + more),)

        return expand

    return expander
