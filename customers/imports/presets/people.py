"""Customers of shops whose orders carry no customer number: the e-mail address is what ties them together."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from customers.imports.presets.preset import Expander
from customers.imports.reasons import BadValue

#: The column that :func:`key_by_email` adds, to be read as the customer's number.
KEY: Final = "customer key"


def key_by_email(email: str, number: str) -> Callable[[Sequence[str]], Expander]:
    """Return an expander that adds the e-mail address in lower case, or without one the system's own number.

    Orders of the same shop name their customers by e-mail address only; known by the number, a customer would
    have no orders.
    """

    def expander(header: Sequence[str]) -> Expander:
        place = {name: index for index, name in enumerate(header)}
        first, second = place[email], place.get(number)

        def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
            key = cells[first].strip().lower()
            if not key and second is not None:
                key = cells[second].strip()
            if not key and any(cell.strip() for cell in cells):
                raise BadValue("missing", column=email)
            return ((True, [*cells, key]),)

        return expand

    return expander
