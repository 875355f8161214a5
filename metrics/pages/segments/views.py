"""The pages on segments: all schemes, one scheme, one segment, and moves between two month ends."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from customers.models import Shop
from customers.permissions import SET_TARGETS, VIEW, SignedInRequest, require
from klantwaarde import formats
from metrics import publishing
from metrics.core.segments import SCHEMES
from metrics.kpis import KPIS
from metrics.models import OwnSegment, Run, SegmentMonth, SegmentRun
from metrics.own_segments import can_follow
from metrics.pages.customers.listing import count_objections
from metrics.pages.segments import charts
from metrics.pages.segments.advice import MOST_LETTERS, read_advice, write_advice
from metrics.pages.segments.choosing import choose_period, find_scheme
from metrics.pages.segments.criteria import tell_criteria
from metrics.pages.segments.moves import read_matrix
from metrics.pages.segments.names import SCHEME_PURPOSES, name_scheme
from metrics.pages.segments.ranking import head_columns, keep_sort, rank_rows, read_sort
from metrics.pages.segments.reading import (
    PERIOD_KPIS,
    Row,
    list_rows,
    read_own_sizes,
    read_sizes,
    sum_rows,
)
from metrics.pages.segments.words import tell_rule, tell_scheme
from metrics.pages.table_export import list_downloads
from metrics.segment_labels import SCHEME_NAMES
from metrics.segment_thresholds import recall_thresholds

MOST_IN_LIST = 3


@require_safe
@require(VIEW)
def list_schemes(request: HttpRequest) -> HttpResponse:
    """Show every scheme with its largest segments."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/segments/none.html", {"current_run": None})
    cards = [
        {
            "name": name_scheme(key),
            "purpose": SCHEME_PURPOSES[key],
            "url": reverse("segment_scheme", args=[key]),
            "rows": sorted(list_rows(run, key, None), key=lambda row: -row.customers)[:MOST_IN_LIST],
        }
        for key in SCHEME_NAMES
    ]
    return render(request, "metrics/segments/list.html", {**_describe(run), "cards": cards})


@require_safe
@require(VIEW)
def show_scheme(request: HttpRequest, scheme: str) -> HttpResponse:
    """Show the segments of a scheme ranked by a column (``?sort=``), and their sizes over time."""
    rules = find_scheme(scheme)
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/segments/none.html", {"current_run": None})
    sort = read_sort(request)
    choice = choose_period(request, run, **keep_sort(sort))
    asked = choice.query if choice else urlencode(keep_sort(sort))
    shop = Shop.load()
    rows = list_rows(run, scheme, choice.period if choice else None)
    ranked = rank_rows(rows, sort)
    kept = SegmentRun.objects.filter(run=run).first()
    advice = read_advice(scheme)
    context = {
        **_describe(run, scheme),
        "choice": choice,
        "rows": ranked.rows,
        "ranks": ranked.ranks,
        "heads": head_columns(ranked, scheme, choice),
        "total": sum_rows(rows),
        **_draw_scheme(run, scheme, rows),
        "without_history": scheme == "tier" and kept is not None and not kept.tiers_known,
        "told": _tell(rules, kept, shop.currency),
        "provisional": kept is not None and kept.provisional,
        "advice": [(row, advice[row.key]) for row in rows if row.key in advice],
        "downloads": _list_downloads(scheme, "segments", asked),
        "history_downloads": _list_downloads(scheme, "history"),
        "currency": shop.currency,
    }
    return render(request, "metrics/segments/scheme.html", context)


@require_safe
@require(VIEW)
def show_moves(request: HttpRequest, scheme: str) -> HttpResponse:
    """Show who went from which segment to which between two month ends."""
    if find_scheme(scheme) is None:
        raise Http404
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/segments/none.html", {"current_run": None})
    matrix = read_matrix(run, scheme, request.GET)
    query = f"before={matrix.before:%Y-%m}&after={matrix.after:%Y-%m}" if matrix else ""
    kept = SegmentRun.objects.filter(run=run).first()
    context = {
        **_describe(run, scheme),
        "matrix": matrix,
        "without_history": scheme == "tier" and kept is not None and not kept.tiers_known,
        "downloads": _list_downloads(scheme, "moves", query),
    }
    return render(request, "metrics/segments/moves.html", context)


@require_safe
@require(VIEW)
def show_segment(request: HttpRequest, scheme: str, segment: str) -> HttpResponse:
    """Show one segment: what it takes, what it is worth, its size over time, and what to do."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/segments/none.html", {"current_run": None})
    rules = find_scheme(scheme)
    choice = choose_period(request, run)
    row = _find_row(run, scheme, segment, choice)
    shop = Shop.load()
    own = OwnSegment.objects.filter(slug=segment).first() if rules is None else None
    advice = read_advice(scheme).get(segment)
    drawn = _chart_months(run, scheme, segment) or (_chart_runs(segment) if own else [])
    context = {
        **_describe(run, scheme),
        "choice": choice,
        "row": row,
        "period_kpis": [KPIS[kpi] for kpi in PERIOD_KPIS],
        "mean_kpi": KPIS["realised_mean"],
        "own": own,
        "may_remove": own is not None and _may_remove(request, own),
        "criteria": tell_criteria(own.criteria, shop.currency) if own else [],
        "rule": _tell_one(run, scheme, segment, shop.currency) if rules else "",
        "charts": [charts.tell_of(chart, f"{name_scheme(scheme)}: {row.name}") for chart in drawn],
        "by_runs": own is not None and not _can_follow(run, own),
        "advice": advice,
        "form": AdviceForm(initial={"text": advice.text if advice else ""}),
        "currency": shop.currency,
        "zone": shop.time_zone,
    }
    return render(request, "metrics/segments/segment.html", context)


class AdviceForm(forms.Form):
    """What to do with a segment."""

    text = forms.CharField(required=False, max_length=MOST_LETTERS, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = gettext("What to do with this segment")
        self.fields["text"].help_text = gettext("In the language of this page. Empty: our text comes back.")


@require_POST
@require(SET_TARGETS)
def save_advice(request: SignedInRequest, scheme: str, segment: str) -> HttpResponse:
    """Keep the company's own advice on a segment."""
    _check_segment(scheme, segment)
    form = AdviceForm(request.POST)
    if form.is_valid():
        write_advice(scheme, segment, form.cleaned_data["text"].strip(), request.user)
        messages.success(request, gettext("The advice has been saved."))
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["text"]))
    return redirect("segment", scheme, segment)


def _describe(run: Run, scheme: str = "") -> dict[str, Any]:
    return {
        "current_run": run,
        "scheme": scheme,
        "scheme_name": name_scheme(scheme) if scheme else "",
        "scheme_purpose": SCHEME_PURPOSES[scheme] if scheme else "",
        "is_own": scheme == OwnSegment.SCHEME,
        "objections": count_objections(run),
        "tabs": [
            {"label": name, "url": reverse("segment_scheme", args=[key]), "current": key == scheme}
            for key, name in SCHEME_NAMES.items()
        ],
    }


def _draw_scheme(run: Run, scheme: str, rows: Sequence[Row]) -> dict[str, Any]:
    shares = charts.chart_shares(rows)
    sizes = charts.chart_sizes({row.key: row.name for row in rows}, read_sizes(run, scheme))
    whom, language = name_scheme(scheme), get_language() or "en"
    on = formats.date(run.as_of, language) if run.as_of else ""
    return {
        "shares_chart": charts.tell_of(shares, whom, on) if shares else None,
        "sizes_chart": charts.tell_of(sizes, whom) if sizes else None,
    }


def _tell(rules: Any, kept: SegmentRun | None, currency: str) -> list[Any]:
    if rules is None or kept is None:
        return []
    return tell_scheme(rules, recall_thresholds(kept.thresholds), currency)


def _tell_one(run: Run, scheme: str, segment: str, currency: str) -> str:
    kept = SegmentRun.objects.filter(run=run).first()
    if kept is None:
        return ""
    return tell_rule(SCHEMES[scheme].find_rule(segment), recall_thresholds(kept.thresholds), currency)


def _check_segment(scheme: str, segment: str) -> None:
    rules = find_scheme(scheme)
    known = segment in rules.shown if rules else OwnSegment.objects.filter(slug=segment).exists()
    if not known:
        raise Http404


def _find_row(run: Run, scheme: str, segment: str, choice: Any) -> Row:
    _check_segment(scheme, segment)
    rows = list_rows(run, scheme, choice.period if choice else None)
    row = next((row for row in rows if row.key == segment), None)
    if row is None:  # a segment for who is apart, with nobody in it
        raise Http404
    return row


def _may_remove(request: HttpRequest, own: OwnSegment) -> bool:
    return own.created_by_id == request.user.pk or request.user.has_perm(SET_TARGETS)


def _chart_months(run: Run, scheme: str, segment: str) -> list[dict[str, Any]]:
    """Return what a segment was at every month end; nothing of an own one that cannot be told of."""
    months = SegmentMonth.objects.filter(run=run, scheme=scheme, segment=segment).order_by("month")
    points = list(months.values_list("month", "customers", "revenue_12m", "contribution_12m"))
    drawn = [
        charts.chart_one(
            gettext("Customers in it"), "count", "size", [(month, n) for month, n, _r, _c in points],
            gettext("How many customers were in this segment at the end of every month?"),
        ),
        charts.chart_one(
            gettext("Contribution of 12 months"), "money", "contribution",
            [(month, amount) for month, _n, _r, amount in points],
            gettext("What did who was in this segment at a month end bring in over the 12 months before it?"),
        ),
    ]  # fmt: skip
    return [chart for chart in drawn if chart]


def _can_follow(run: Run, own: OwnSegment) -> bool:
    kept = SegmentRun.objects.filter(run=run).first()
    return can_follow(own.criteria, tiers_known=kept is not None and kept.tiers_known)


def _chart_runs(segment: str) -> list[dict[str, Any]]:
    """Return the size of an own segment by calculation; nothing before the second one of another day."""
    purpose = gettext("How many customers met these filters, by the day of each calculation?")
    title = gettext("Customers in it")
    chart = charts.chart_one(title, "count", "size", read_own_sizes(segment), purpose, "date")
    return [chart] if chart else []


def _list_downloads(scheme: str, table: str, query: str = "") -> list[dict[str, str]]:
    return list_downloads("segment_export", scheme, table, query=query)
