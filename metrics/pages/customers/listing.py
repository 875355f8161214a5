"""The page with every customer in order of value."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from klantwaarde import formats
from metrics import publishing
from metrics.models import CustomerValue, Run
from metrics.pages.customers.columns import (
    COLUMNS,
    FORECAST_METHODS,
    LIST_METHODS,
    MOST_CHOSEN,
    lower_first,
    name_method,
)
from metrics.pages.customers.filters import Chip, describe_search, make_url
from metrics.pages.customers.query import USUAL_SORT, ListQuery, read_query
from metrics.pages.customers.ranking import (
    COUNT_CAP,
    Page,
    fetch_rows,
    rank_field,
    select_objecting,
    select_page,
)
from metrics.pages.customers.searches import remember_search
from metrics.pages.customers.selection import add_up, can_add_up, is_long, say_together
from metrics.pages.customers.table import build_table, head_column
from metrics.pages.trust.absent import explain_absence
from metrics.pages.trust.reading import read_report

# What a link to the list may carry; whatever else is in a URL is not passed on.
PARAMETERS = (
    "method", "columns", "sort", "search",
    "channel", "country", "rfm", "tier", "lifecycle", "segment", "first_from", "first_to", "value_min",
    "value_max",
)  # fmt: skip
# Shown when in force, or not understood.
FOLDED = ("rfm", "tier", "lifecycle", "segment", "first_from", "first_to", "value_min", "value_max")
_KEPT_WHEN_CLEARED = ("method", "columns", "sort")


@require_safe
@require(VIEW)
def list_customers(request: HttpRequest) -> HttpResponse:
    """Show one page of the ranked list."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/customers/none.html", {"current_run": None})
    query = read_query(request, run)
    page = select_page(
        run, query.method, query.filter.qs, query.order, query.number, ranks=query.ranks, found=query.found
    )
    table = build_table(query, page, fetch_rows(run, page.ids), find_first_value(run, query.method))
    shop = Shop.load()
    context = {
        **_describe(query, shop.currency),
        **_describe_sum(query, page, shop.currency),
        "page": page,
        "table": table,
        "current_run": run,
        "currency": shop.currency,
        "zone": shop.time_zone,
    }
    response = render(request, "metrics/customers/list.html", context)
    if request.headers.get("HX-Request"):  # after a search: show the address that its key is in
        response["HX-Replace-Url"] = request.get_full_path()
    return response


@require_POST
@require(VIEW)
def search_customers(request: HttpRequest) -> HttpResponse:
    """Keep what was typed out of the URL, and go to the list with a key for it and the filters it had."""
    text = " ".join(request.POST.get("text", "").split())[:200]
    params = keep_parameters(QueryDict(request.POST.get("list", "")))
    params.pop("search", None)
    if text:
        params["search"] = remember_search(request, text)
    return redirect(f"{reverse('customers')}?{params.urlencode()}")


def keep_parameters(params: QueryDict) -> QueryDict:
    """Return the parameters that the list knows, filled in ones only."""
    kept = QueryDict(mutable=True)
    for name in PARAMETERS:
        values = [value for value in params.getlist(name) if value]
        if values:
            kept.setlist(name, values)
    return kept


def find_first_value(run: Run, method: str) -> Decimal | None:
    """Return the value of the first in rank, which fills the bars."""
    first = CustomerValue.objects.filter(run=run, **{f"{rank_field(method)}__isnull": False})
    return first.order_by(rank_field(method)).values_list(method, flat=True).first()


def count_objections(run: Run) -> int:
    """Return how many customers are not listed because they object to profiling."""
    return select_objecting(run).count()


def _describe(query: ListQuery, currency: str) -> dict[str, object]:
    params = keep_parameters(query.params)
    unpredicted = describe_no_prediction(query)
    chosen = {column.key for column in query.columns}
    return {
        "query": query,
        "order_name": _name_order(query),
        "methods": [(method, name_method(method)) for method in LIST_METHODS],
        "form": query.filter.form,
        "more_open": bool(set(FOLDED) & {*query.filter.in_force, *query.filter.errors}),
        "chips": _list_chips(query, params, currency),
        "clear_url": _clear(params),
        "columns": [
            (column.key, head_column(column), column.key in chosen)
            for column in COLUMNS.values()
            if column.key != query.method
        ],
        "most_columns": MOST_CHOSEN,
        "columns_left_out": len(set(query.params.getlist("columns")) & set(COLUMNS)) > MOST_CHOSEN,
        "found_at_most": COUNT_CAP if query.search_cut else None,
        "objections": count_objections(query.run),
        "unpredicted": unpredicted,
        "missing": "" if unpredicted else describe_missing(query),
        "list_params": params.urlencode(),
        "sort": "" if query.sort == USUAL_SORT else query.sort,
        # What narrows an own segment further has no place among its filters.
        "saveable": bool(query.filter.in_force) and "segment" not in query.filter.in_force,
        "exports": [
            (gettext("For Excel (semicolons, decimal comma)"), make_export_url(params, "excel")),
            (gettext("Standard CSV (commas, decimal point)"), make_export_url(params, "csv")),
        ],
    }


def _describe_sum(query: ListQuery, page: Page, currency: str) -> dict[str, str]:
    """Return what the customers bring in together, or for a long list the address that adds it up."""
    if not can_add_up(query):
        return {}
    if is_long(page) and "together" not in query.params:
        return {"add_up_url": make_url(keep_parameters(query.params), together="1")}
    together = add_up(query)
    return {"together": say_together(query, together, currency) if together else ""}


def make_export_url(params: QueryDict, layout: str) -> str:
    """Return the address of the export of what is on screen."""
    return reverse("customers_export") + make_url(params, layout=layout)


def _name_order(query: ListQuery) -> str:
    """Return what the list stands by, as within a sentence: "realised value", "revenue"."""
    column = COLUMNS.get(query.sort.removeprefix("-"))
    return lower_first(str(column.label) if column else name_method(query.method))


def describe_no_prediction(query: ListQuery) -> str:
    """Return why nobody has a value by the chosen method, when it takes a prediction and there is none."""
    if query.method not in FORECAST_METHODS:
        return ""
    report = read_report(query.run)
    return "" if report and report.prediction.model else explain_absence(report).text


def describe_missing(query: ListQuery) -> str:
    """Return a sentence when buyers have no value by the chosen method: how many, and what is missing."""
    without, buyers = query.missing
    if not without:
        return ""
    language = get_language() or "en"
    counts = {
        "without": formats.number(without, language),
        "buyers": formats.number(buyers, language),
        "method": lower_first(name_method(query.method)),
    }
    if query.method == "loyalty":
        text = gettext(
            "%(without)s of %(buyers)s customers with an order have no %(method)s: the repeat rate is known "
            "once customers have been followed for a year."
        )
    else:
        text = gettext(
            "%(without)s of %(buyers)s customers with an order have no %(method)s: the cost of goods of "
            "their orders is not known. Upload the costs, or have an administrator set a default margin."
        )
    return text % counts


def _list_chips(query: ListQuery, params: QueryDict, currency: str) -> list[Chip]:
    chips = [describe_search(query.search, params)] if query.search else []
    return [*chips, *query.filter.make_chips(params, currency)]


def _clear(params: QueryDict) -> str:
    return make_url(params, without=tuple(name for name in PARAMETERS if name not in _KEPT_WHEN_CLEARED))
