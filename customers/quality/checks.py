"""What a check is: a query for the rows that deserve a look, and what to tell about them.

The query names tables as ``{orders}``, ``{refunds}``, … so that the same check runs over all facts or over
what one upload wrote (:func:`fill_in`). Its rows carry every field of the check, by name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.models import (
    AcquisitionCost,
    Customer,
    Order,
    ProgrammeMembership,
    Referral,
    Refund,
    RetentionCost,
    SurveyAnswer,
    Upload,
    UploadReject,
)

#: How much a finding matters, the worst first.
SEVERITIES: Final = {
    "error": _("puts figures wrong"),
    "warning": _("leaves figures incomplete"),
    "info": _("good to know"),
}
#: What a finding is about, in the order of the page.
GROUPS: Final = {
    "refused": _("Not imported"),
    "orders": _("Orders"),
    "refunds": _("Refunds"),
    "customers": _("Customers"),
    "costs": _("Channels and costs"),
    "history": _("Days and history"),
}
TABLES: Final = {
    "orders": Order._meta.db_table,
    "refunds": Refund._meta.db_table,
    "customers": Customer._meta.db_table,
    "acquisition_costs": AcquisitionCost._meta.db_table,
    "retention_costs": RetentionCost._meta.db_table,
    "memberships": ProgrammeMembership._meta.db_table,
    "survey_answers": SurveyAnswer._meta.db_table,
    "referrals": Referral._meta.db_table,
}
#: Tables that the checks read as they are, whatever they are about.
WHOLE: Final = {
    "all_orders": Order._meta.db_table,
    "all_refunds": Refund._meta.db_table,
    "all_customers": Customer._meta.db_table,
    "uploads": Upload._meta.db_table,
    "rejects": UploadReject._meta.db_table,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is shown of a row. ``unit``: text, money, count, percent, date, month, flag, reason or
    hidden.

    ``facet``: the reader may choose one of its values. ``link``: ``name of a URL:field with its argument``.
    """

    name: str
    label: Any = ""
    unit: str = "text"
    facet: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the facts. ``rows``: its query; ``order``: how its rows are listed.

    ``subject``: what the count is a share of, a key of ``TABLES`` or "" for none. ``amount``: the field that
    is added up as the money concerned. ``of_file``: kinds of file after which it is asked of that file alone.
    ``action``: the name of a URL where something can be done, and what the link says.
    """

    key: str
    group: str
    severity: str
    title: Any
    why: Any
    advice: Any
    rows: str
    fields: tuple[Field, ...]
    order: str
    subject: str = ""
    amount: str = ""
    amount_label: Any = ""
    of_file: frozenset[str] = frozenset()
    action: tuple[str, Any] | None = None

    def field(self, name: str) -> Field:
        """Return the field of this name. Raises StopIteration when there is none."""
        return next(field for field in self.fields if field.name == name)

    @property
    def facets(self) -> tuple[Field, ...]:
        """Fields of which the reader may choose one value."""
        return tuple(field for field in self.fields if field.facet)

    @property
    def shown(self) -> tuple[Field, ...]:
        """Fields that make a column; a month is there to choose by, beside the day itself."""
        return tuple(field for field in self.fields if field.unit not in {"hidden", "month"})


def fill_in(query: str, *, of_upload: bool = False) -> str:
    """Return the query with its tables named: whole, or what the upload ``%(upload)s`` wrote last."""
    part = "(SELECT * FROM {} WHERE upload_id = %(upload)s)"
    parts = {name: part.format(table) for name, table in TABLES.items()}
    named: Mapping[str, str] = {**(parts if of_upload else TABLES), **WHOLE}
    return re.sub(r"\{(\w+)\}", lambda found: named[found[1]], query)


#: Where a row came from: beside ``LEFT JOIN {uploads} u ON u.id = x.upload_id``.
FILE_COLUMNS: Final = "u.file_name AS file, u.uuid AS upload"
FILE_FIELDS: Final = (
    Field("file", _("file"), facet=True, link="upload:upload"),
    Field("upload", unit="hidden"),
)
CUSTOMER_FIELDS: Final = (
    Field("customer", _("customer number"), link="customer:customer_id"),
    Field("customer_id", unit="hidden"),
)
ORDER_FILES: Final = frozenset({"orders", "order_lines"})
EVERY_FILE: Final = frozenset({"customers", "orders", "order_lines", "refunds"})
