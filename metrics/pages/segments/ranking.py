"""The table of a scheme, ranked by one of its columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext

from metrics.kpis import KPIS
from metrics.models import OwnSegment
from metrics.pages.periods import Choice
from metrics.pages.segments.reading import NO_FIGURE, SHOWN_KPIS, Row

#: The order of the scheme itself, which ranks nobody.
SCHEME: Final = "scheme"
#: By which column a table is ranked unless a URL says otherwise.
USUAL: Final = "value_share"
Figured = Decimal | int | None


def _read_kpi(kpi: str) -> Callable[[Row], Figured]:
    return lambda row: row.figures.get(kpi, NO_FIGURE).value


#: The columns that rank, each with what is known of a row. The largest come first.
_VALUES: Final[Mapping[str, Callable[[Row], Figured]]] = MappingProxyType(
    {
        "customers": lambda row: row.customers,
        "share": lambda row: row.share,
        "realised": lambda row: row.realised,
        "value_share": lambda row: row.value_share,
        "realised_mean": lambda row: row.mean,
        **{kpi: _read_kpi(kpi) for kpi in SHOWN_KPIS},
    }
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The rows of a table, and by which column they stand: `SCHEME` when nobody has a rank."""

    rows: Sequence[Row]
    sort: str

    @property
    def ranks(self) -> bool:
        """True when there is a rank to show."""
        return self.sort != SCHEME


def read_sort(request: HttpRequest) -> str:
    """Return by which column a URL asks to rank; the usual one when it names none that does."""
    sort = request.GET.get("sort", "")
    return sort if sort == SCHEME or sort in _VALUES else USUAL


def keep_sort(sort: str) -> dict[str, str]:
    """Return what of it goes along in a URL: nothing of the usual one."""
    return {} if sort == USUAL else {"sort": sort}


def rank_rows(rows: Sequence[Row], sort: str) -> Ranked:
    """Return the segments largest first by a column, equal ones in the order of the scheme.

    A segment of which the figure is not known has no rank and comes after those that have one; who is apart
    (without an order, value not known) has none either and comes last. A column that is known of nobody
    leaves the scheme's own order.

    Parameters
    ----------
    rows : in the order of the scheme.
    sort : one of the columns, or `SCHEME`.
    """
    read = _VALUES.get(sort)
    if read is None:
        return Ranked(rows, SCHEME)
    values = {row.key: None if row.apart else read(row) for row in rows}
    known = [row for row in rows if values[row.key] is not None]
    if not known:
        return Ranked(rows, SCHEME)
    ranked = sorted(known, key=lambda row: -(values[row.key] or 0))
    unknown = [row for row in rows if values[row.key] is None]
    numbered = [replace(row, rank=rank) for rank, row in enumerate(ranked, 1)]
    return Ranked([*numbered, *sorted(unknown, key=lambda row: row.apart)], sort)


def head_columns(ranked: Ranked, scheme: str, choice: Choice | None) -> list[dict[str, Any]]:
    """Return the heads: name, definition, the query that ranks by it, and how the table stands by it now.

    ``aria`` is a value of the attribute `aria-sort`; "" for a column by which the table does not stand.
    """
    names = {
        "customers": (gettext("Customers in it"), ""),
        "share": (gettext("Share"), ""),
        "realised": (gettext("Realised value"), ""),
        "value_share": (gettext("Share of value"), ""),
        **{kpi: (KPIS[kpi].label, KPIS[kpi].definition) for kpi in ("realised_mean", *SHOWN_KPIS)},
    }
    by_name = scheme == OwnSegment.SCHEME
    order = gettext("by name") if by_name else gettext("order of the scheme")
    heads: list[dict[str, Any]] = [
        {"key": SCHEME, "name": gettext("Segment"), "detail": order, "definition": ""},
        *(
            {"key": key, "name": name, "detail": "", "definition": text}
            for key, (name, text) in names.items()
        ),
    ]
    standing = "descending" if ranked.ranks else "ascending" if by_name else "other"
    return [
        {
            **head,
            "query": choice.with_kept(sort=head["key"]) if choice else urlencode({"sort": head["key"]}),
            "aria": standing if head["key"] == ranked.sort else "",
        }
        for head in heads
    ]
