"""Channels and acquisition: every channel beside the others, and one by itself."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.core.calendar import MONTHS_PER_YEAR, add_months
from metrics.models import Run
from metrics.pages.channels.asked import Asked, read_asked
from metrics.pages.channels.campaigns import list_campaigns
from metrics.pages.channels.charts import COURSE_MONTHS, chart_value, list_course, name_won_in
from metrics.pages.channels.keeping import list_keeping
from metrics.pages.channels.lines import find_anonymous_share, make_lines
from metrics.pages.channels.maximum import explain_maxima
from metrics.pages.channels.notes import list_notes
from metrics.pages.channels.reading import CHANNEL, read_course, read_figures
from metrics.pages.channels.shown import head_columns, list_unallocated
from metrics.pages.facts import count_costs, may_include_older_customers
from metrics.pages.table_export import list_downloads
from metrics.publishing import current_run

_COURSE = ("acquisition_cost", "new_customers", "paid_cac", "ltv_cac")


@require_safe
@require(VIEW)
def show_channels(request: HttpRequest) -> HttpResponse:
    """Show the channels of the published run over the period in the URL; before there are any, what to do."""
    run = current_run()
    asked = read_asked(request.GET, run) if run else None
    if run is None or asked is None:
        return render(request, "metrics/channels/none.html", {"current_run": run})
    figures = read_figures(run, asked.period)
    lines, shop = make_lines(run, figures, asked.sort)
    keeping, kept = list_keeping(run)
    context = {
        **_describe(run, asked),
        "has_costs": bool(count_costs(run, "acquisition")),
        "heads": head_columns(asked),
        "lines": lines,
        "shop": shop,
        "anonymous_share": find_anonymous_share(figures),
        "unallocated": list_unallocated(lines, shop),
        "won_in": name_won_in(asked.period),
        "notes": list_notes(lines),
        "value_chart": chart_value(lines, asked.period),
        "maxima": explain_maxima(run, lines),
        "keeping": keeping,
        "kept": kept,
        "share_won_back": run.settings.share_won_back,
        "downloads": {
            name: list_downloads("channels_export", query=f"{asked.query}&table={name}")
            for name in ("channels", "maximum", "keeping")
        },
    }
    return render(request, "metrics/channels/page.html", context)


@require_safe
@require(VIEW)
def show_channel(request: HttpRequest) -> HttpResponse:
    """Show one channel (``?channel=``; an unknown one: 404): campaigns, maximum CAC and course."""
    run = current_run()
    asked = read_asked(request.GET, run) if run else None
    if run is None or asked is None:
        raise Http404
    lines, shop = make_lines(run, read_figures(run, asked.period))
    line = next((line for line in lines if line.channel == request.GET.get("channel")), None)
    if line is None:
        raise Http404
    months = [add_months(asked.period.month, step) for step in range(1 - COURSE_MONTHS, 1)]
    rows = read_course(run, (CHANNEL, line.channel), months, _COURSE)
    asked = asked.keep_channel(line.channel)
    context = {
        **_describe(run, asked),
        "line": line,
        "shop": shop,
        "won_in": name_won_in(asked.period),
        "notes": list_notes([line]),
        "maximum": explain_maxima(run, [line])[0],
        "campaigns": list_campaigns(run, asked.period, line),
        "charts": list_course(rows, line, months, "paid_cac"),
        "downloads": list_downloads("campaigns_export", query=asked.query),
    }
    return render(request, "metrics/channels/channel.html", context)


def _describe(run: Run, asked: Asked) -> dict[str, Any]:
    shop = Shop.load()
    return {
        "current_run": run,
        "currency": shop.currency,
        "zone": shop.time_zone,
        "asked": asked,
        "choice": asked.choice,
        "complete": asked.complete,
        "older": may_include_older_customers(run, asked.period),
        # LTV:CAC, payback and contribution are about the customers of a year before.
        "older_won": may_include_older_customers(run, asked.period.shift(-MONTHS_PER_YEAR)),
    }
