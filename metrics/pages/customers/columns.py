"""The columns a ranked list can have: on the page, in its URL and in its export they are the same ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext

from metrics.core import formulas
from metrics.core.segments import SCHEMES
from metrics.models import CalculationSettings, CustomerValue
from metrics.segment_labels import SCHEME_LABELS

Kind = Literal["text", "member", "segment", "count", "decimal", "percent", "money", "date"]
Label = str | Promise

LIST_METHODS: Final[tuple[str, ...]] = tuple(CalculationSettings.Method.values)
FORECAST_METHODS: Final = ("predicted_12", "total")  # n.a. for everyone where nothing is predicted
MOST_COLUMNS: Final = 10
FIXED_COLUMNS: Final = 3  # rank, customer and the value by the chosen method
MOST_CHOSEN: Final = MOST_COLUMNS - FIXED_COLUMNS


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column to choose. `key` is its name in URLs and files; `source` the path from a CustomerValue.

    `order` is the indexed column to sort by, empty when there is none. "member" is text in which blank means
    that the customer has none; "segment" a place in the scheme of that key.
    """

    key: str
    label: Label
    kind: Kind
    source: str = ""
    order: str = ""

    @property
    def path(self) -> str:
        """Where the value stands, seen from a CustomerValue."""
        return self.source or self.key


def name_method(method: str) -> str:
    """Return a method's name in the language of the page."""
    return gettext(formulas.name_method(method))


def lower_first(name: str) -> str:
    """Return a name as it stands within a sentence; abbreviations in it keep their capitals."""
    return name[:1].lower() + name[1:]


def name_member(member: str) -> str:
    """Return a channel, country or category as a reader sees it; blank is unknown."""
    return member or pgettext("channel, country or category", "unknown")


def _model_column(key: str, kind: Kind, order: str = "") -> ListColumn:
    field = cast("Field[Any, Any]", CustomerValue._meta.get_field(key))
    return ListColumn(key, field.verbose_name, kind, order=order)


_COLUMNS: Final = (
    _model_column("channel", "member"),
    _model_column("orders", "count", order="orders"),
    _model_column("last_order", "date", order="last_order"),
    _model_column("revenue", "money", order="revenue"),
    _model_column("first_order", "date", order="first_order"),
    _model_column("country", "member"),
    ListColumn("city", gettext_lazy("town"), "text", source="customer.city"),
    ListColumn("customer_id", gettext_lazy("customer number"), "text", source="external_id"),
    _model_column("first_category", "member"),
    *(ListColumn(scheme, SCHEME_LABELS[scheme], "segment") for scheme in SCHEMES),
    _model_column("occasions", "count"),
    ListColumn("recency", gettext_lazy("days from first to last purchase"), "count"),
    _model_column("contribution", "money"),
    _model_column("cost_of_goods", "money"),
    _model_column("transaction_cost", "money"),
    _model_column("acquisition_cost", "money"),
    _model_column("retention_cost", "money"),
    _model_column("value_density", "money"),
    _model_column("referral_value", "money"),
    *(
        ListColumn(method, gettext_lazy(formulas.name_method(method)), "money", order=f"rank_{method}")
        for method in LIST_METHODS
    ),
    ListColumn("predicted_12_low", gettext_lazy("predicted, 12 months: low end (80%)"), "money"),
    ListColumn("predicted_12_high", gettext_lazy("predicted, 12 months: high end (80%)"), "money"),
    ListColumn("predicted_24", gettext_lazy(formulas.name_method("predicted_24")), "money"),
    ListColumn("predicted_24_low", gettext_lazy("predicted, 24 months: low end (80%)"), "money"),
    ListColumn("predicted_24_high", gettext_lazy("predicted, 24 months: high end (80%)"), "money"),
    ListColumn("predicted_36", gettext_lazy(formulas.name_method("predicted_36")), "money"),
    ListColumn("predicted_36_low", gettext_lazy("predicted, 36 months: low end (80%)"), "money"),
    ListColumn("predicted_36_high", gettext_lazy("predicted, 36 months: high end (80%)"), "money"),
    _model_column("p_active", "percent"),
    _model_column("purchases_12", "decimal"),
    _model_column("next_order_from", "date"),
    _model_column("next_order_to", "date"),
    _model_column("overdue_days", "count"),
    _model_column("at_risk", "money", order="rank_at_risk"),
    _model_column("potential", "money"),
    _model_column("gap", "money", order="rank_gap"),
)
COLUMNS: Final[dict[str, ListColumn]] = {column.key: column for column in _COLUMNS}
USUAL_COLUMNS: Final = ("channel", "orders", "last_order", "revenue")


def read_columns(keys: Iterable[str], method: str) -> list[ListColumn]:
    """Return the chosen columns in the order of the register, at most `MOST_CHOSEN`; the usual ones if none.

    The chosen method has its column anyway; names that are not columns are passed over.
    """
    wanted = {key for key in keys if key in COLUMNS} or set(USUAL_COLUMNS)
    return [column for key, column in COLUMNS.items() if key in wanted and key != method][:MOST_CHOSEN]
