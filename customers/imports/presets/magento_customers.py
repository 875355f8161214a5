"""Magento 2 › Customers › All Customers › Export. The order grid names customers by e-mail address only."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.english_dates import write_months_as_numbers
from customers.imports.presets.people import KEY, key_by_email
from customers.imports.presets.preset import Expander, Preset

_SINCE: Final = "Customer Since"


def _read_customers(header: Sequence[str]) -> Expander:
    with_key, since = key_by_email("Email", "ID")(header), header.index(_SINCE)

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        cells[since] = write_months_as_numbers(cells[since])
        return with_key(cells)

    return expand


MAGENTO_CUSTOMERS: Final = Preset(
    key="magento_customers",
    label=_("Magento 2 customers"),
    kind="customers",
    needs=("ID", "Name", "Email", "Group", "Customer Since", "Web Site"),
    columns={
        KEY: "external_id",
        "Name": "name",
        "Email": "email",
        "Country": "country",
        _SINCE: "acquired_on",
    },
    virtual=(KEY,),
    expander=_read_customers,
)
