"""What a URL of the ranked list asks for. The page and its export read it the same way."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest, QueryDict

from customers.search import find_customers
from metrics.models import Run
from metrics.pages.customers.columns import COLUMNS, LIST_METHODS, ListColumn, read_columns
from metrics.pages.customers.filters import CustomerFilter
from metrics.pages.customers.ranking import COUNT_CAP, Order, rank_field, select_listed
from metrics.pages.customers.searches import recall_search

VALUE_COLUMN = "value"
USUAL_SORT = f"-{VALUE_COLUMN}"
_MOST_DIGITS = 10  # of the number of a page


@dataclass(frozen=True)
class ListQuery:
    """Which customers of a run, by which method, in which order, with which columns.

    `search` is the text searched for ("" for none); `search_lost` tells that the URL names a search that this
    reader did not make. `sort` is the column with a minus when it stands from high to low.
    """

    run: Run
    method: str
    columns: list[ListColumn]
    sort: str
    order: Order
    number: int
    search: str
    search_lost: bool
    filter: CustomerFilter
    params: QueryDict

    @property
    def missing(self) -> tuple[int, int]:
        """How many of the customers with an order have no value by the method, and how many there are."""
        return self.run.count_missing(self.method)

    @property
    def is_valueless(self) -> bool:
        """True when nobody with an order has a value by the method, so that its ranks say nothing."""
        return self.run.is_valueless(self.method)

    @property
    def narrowed(self) -> bool:
        """True when not everyone is asked for."""
        return bool(self.search or self.filter.in_force)

    @property
    def ranks(self) -> tuple[int, int] | None:
        """The range of ranks that is asked for; None when it takes more than that to say who."""
        return self.filter.ranks if not self.search and self.filter.keeps_by_rank else None

    @cached_property
    def found(self) -> list[int] | None:
        """The ids that the search found, at most `COUNT_CAP`; None without a search."""
        return None if self._found is None else self._found[:COUNT_CAP]

    @property
    def search_cut(self) -> bool:
        """True when the search found more customers than are looked at."""
        return self._found is not None and len(self._found) > COUNT_CAP

    @cached_property
    def _found(self) -> list[int] | None:
        if not self.search:
            return None
        return list(find_customers(self.search).values_list("pk", flat=True)[: COUNT_CAP + 1])


def read_query(request: HttpRequest, run: Run) -> ListQuery:
    """Read the URL; what is not understood counts as not asked."""
    params = request.GET
    asked = params.get("method", "")
    method = asked if asked in LIST_METHODS else run.settings.ranking_method
    columns = read_columns(params.getlist("columns"), method)
    sort = _read_sort(params.get("sort", ""), columns, _choose_usual_sort(run, method, columns))
    order = _read_order(sort, method)
    key = params.get("search", "")
    text = recall_search(request, key) if key else None
    return ListQuery(
        run=run,
        method=method,
        columns=columns,
        sort=sort,
        order=order,
        number=_read_number(params.get("page", "")),
        search=text or "",
        search_lost=bool(key) and text is None,
        filter=CustomerFilter(params, select_listed(run, order), run=run, method=method),
        params=params,
    )


def _read_sort(sort: str, columns: list[ListColumn], usual: str) -> str:
    sortable = {VALUE_COLUMN, *(column.key for column in columns if column.order)}
    return sort if sort.removeprefix("-") in sortable else usual


def _choose_usual_sort(run: Run, method: str, columns: list[ListColumn]) -> str:
    """Return how a list stands when nothing is asked: by value, or by revenue while nobody has a value."""
    by_revenue = run.is_valueless(method) and COLUMNS["revenue"] in columns
    return "-revenue" if by_revenue else USUAL_SORT


def _read_order(sort: str, method: str) -> Order:
    """Return the database column of a sort; the highest value has the lowest rank."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    field = rank_field(method) if name == VALUE_COLUMN else COLUMNS[name].order
    return Order(field, descending is not field.startswith("rank_"))


def _read_number(text: str) -> int:
    """Return the page asked for, the first without a number; what is beyond any list is its last page."""
    if not (text.isascii() and text.isdigit()):
        return 1
    return int(text) if len(text) < _MOST_DIGITS else 10**_MOST_DIGITS
