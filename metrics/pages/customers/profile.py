"""The page of one customer: who, how much by each method and why, and what was bought."""

from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from customers.models import Customer, Shop
from customers.permissions import VIEW, require
from klantwaarde import formats
from metrics import publishing
from metrics.core.formulas import METHODS, Explanation
from metrics.explain import explain_value
from metrics.models import CustomerValue, Run
from metrics.pages.customers.columns import FORECAST_METHODS, LIST_METHODS, name_method
from metrics.pages.customers.foresight import list_expectations, say_interval
from metrics.pages.customers.history import explain_goods, read_rows, select_history, sum_months
from metrics.pages.customers.months import MonthsTable, tabulate
from metrics.pages.customers.ranking import Order, find_last_rank, rank_field, select_listed
from metrics.pages.customers.referrals import find_referred
from metrics.pages.customers.sources import list_sources, say_basis
from metrics.pages.customers.survival import draw_survival
from metrics.pages.segments.words import explain_customer
from metrics.pages.trust.absent import explain_absence
from metrics.pages.trust.reading import Report, read_report

ROWS_A_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class Part:
    """One method on the page: its figure and rank, and how it came about.

    `steps` explain what the formula starts from (contribution, for realised value). A predicted value has
    `months` instead of a formula.
    """

    key: str
    name: str
    card: dict[str, Any]
    steps: list[tuple[str, Explanation]]
    explanation: Explanation | None
    notes: list[str]
    months: MonthsTable | None = None


@require_safe
@require(VIEW)
def show_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one customer; 404 when there is no such customer."""
    customer = get_object_or_404(Customer, pk=pk)
    shop = Shop.load()
    run = publishing.current_run()
    value = _find_value(run, customer) if run else None
    scored = value is not None and not (customer.objects_to_profiling or value.objects_to_profiling)
    method = _read_method(request, run)
    as_of = run.as_of if run else None
    report = read_report(run) if scored else None
    parts = _explain(value, report, shop.currency) if scored and value else []
    default_margin = run.settings.default_margin if run else None
    history = Paginator(select_history(customer, as_of), ROWS_A_PAGE).get_page(request.GET.get("page"))
    rows = read_rows(history.object_list, as_of, default_margin)
    context = {
        "customer": customer,
        "current_run": run,
        "value": value,
        "parts": parts,
        "referred": find_referred(value) if scored and value else None,
        "segments": explain_customer(value, shop.currency) if scored and value else [],
        **_look_ahead(value, report, shop.currency),
        "neighbours": _find_neighbours(run, value, method) if scored and run and value else None,
        "method": method,
        "history": history,
        "rows": rows,
        "goods_notes": list(explain_goods(rows, default_margin)),
        "chart": _make_chart(customer, run),
        "scored": scored,
        "currency": shop.currency,
        "zone": shop.time_zone,
    }
    return render(request, "metrics/customers/customer.html", context)


def _find_value(run: Run, customer: Customer) -> CustomerValue | None:
    values = CustomerValue.objects.select_related("peer_group", "run__settings")
    return values.filter(run=run, customer=customer).first()


def _read_method(request: HttpRequest, run: Run | None) -> str:
    asked = request.GET.get("method", "")
    if asked in LIST_METHODS:
        return asked
    return run.settings.ranking_method if run else LIST_METHODS[0]


def _look_ahead(value: CustomerValue | None, report: Report | None, currency: str) -> dict[str, Any]:
    """Return what is expected of a customer, or why nothing is; nothing at all of who has no value."""
    if value is None or report is None:
        return {}
    predicted = bool(report.prediction.model)
    return {
        "expectations": list_expectations(value, currency),
        "unpredicted": "" if predicted else explain_absence(report).text,
        "unknown": predicted and value.predicted_12 is None,
        "survival": draw_survival(report.shop.get("survival", {})),
    }


def _explain(value: CustomerValue, report: Report | None, currency: str) -> list[Part]:
    listed = find_last_rank(value.run, LIST_METHODS[0])
    parts = []
    for method in LIST_METHODS:
        if method in FORECAST_METHODS and not (report and report.prediction.model):
            continue
        if method == "predicted_12":
            parts.append(_explain_prediction(value, listed, currency))
            continue
        first = [("contribution", explain_value(value, "contribution"))] if method == "realised" else []
        parts.append(
            Part(
                key=method,
                name=name_method(method),
                card=_make_card(value, method, listed, currency),
                steps=[(gettext(METHODS[key].label), explanation) for key, explanation in first],
                explanation=explain_value(value, method),
                notes=list_sources(value, method, currency),
            )
        )
    return parts


def _explain_prediction(value: CustomerValue, listed: int, currency: str) -> Part:
    return Part(
        key="predicted_12",
        name=name_method("predicted_12"),
        card=_make_card(value, "predicted_12", listed, currency),
        steps=[],
        explanation=None,
        notes=[],
        months=tabulate(value),
    )


def _make_card(value: CustomerValue, method: str, listed: int, currency: str) -> dict[str, Any]:
    language = get_language() or "en"
    rank = {
        "rank": formats.number(getattr(value, rank_field(method)), language),
        "all": formats.number(listed, language),
    }
    return {
        "label": name_method(method),
        "value": getattr(value, method),
        "unit": "money",
        "note": gettext("no. %(rank)s of %(all)s") % rank if getattr(value, method) is not None else "",
        "caveat": say_interval(value, currency) if method == "predicted_12" else say_basis(value, method),
        "url": f"#computed-{method}",
    }


def _find_neighbours(run: Run, value: CustomerValue, method: str) -> dict[str, int | None] | None:
    """Return the ids of the customers before and after this one in rank; None without a value to rank by."""
    if getattr(value, method) is None:
        return None
    field = rank_field(method)
    rank = getattr(value, field)
    listed = select_listed(run, Order(field, descending=False)).filter(customer__objects_to_profiling=False)
    before = listed.filter(**{f"{field}__lt": rank}).order_by(f"-{field}")
    after = listed.filter(**{f"{field}__gt": rank}).order_by(field)
    return {
        "rank": rank,
        "previous": before.values_list("customer_id", flat=True).first(),
        "next": after.values_list("customer_id", flat=True).first(),
    }


def _make_chart(customer: Customer, run: Run | None) -> dict[str, Any] | None:
    """Return the chart of revenue per month, None without purchases or before the first calculation."""
    months = sum_months(customer, run.as_of) if run and run.as_of else []
    if not months:
        return None
    return {
        "id": "orders",
        "kind": "bar",
        "title": gettext("Revenue per month"),
        "purpose": gettext("Orders net of their refunds, in the month of the order; adds up to the revenue."),
        "unit": "money",
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": [month for month, _revenue in months],
        "series": [{"label": gettext("Revenue"), "values": [revenue for _month, revenue in months]}],
    }
