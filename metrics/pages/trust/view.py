"""The page itself: the report card of the published run, or of an earlier one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.pages.trust import charts, comparison, history, parameters, totals
from metrics.pages.trust.absent import explain_absence
from metrics.pages.trust.effects import show_effects
from metrics.pages.trust.export import list_files
from metrics.pages.trust.reading import find_run, name_model, read_report
from metrics.pages.trust.verdict import say_verdict
from metrics.publishing import current_run


@require_safe
@require(VIEW)
def show_predictions(request: HttpRequest) -> HttpResponse:
    """Show how good predictions are; `?run=` asks for those of an earlier calculation (404: no such one)."""
    current = current_run()
    run = find_run(request.GET)
    report = read_report(run)
    context: dict[str, Any] = {
        "current_run": current,
        "run": run,
        "is_earlier": run != current,
        "report": report,
    }
    if report is None or report.prediction.reason:
        absence = explain_absence(report) if current else None
        return render(request, "metrics/trust/empty.html", {**context, "absence": absence})
    context |= {
        "currency": Shop.load().currency,
        "verdict": say_verdict(report),
        "chosen": report.chosen,
        "model_name": name_model(report.prediction.model),
        "rows": comparison.list_rows(report),
        "choice": comparison.explain_choice(report),
        "habits": parameters.say_habits(report.shop.get("habits")),
        "warnings": parameters.list_warnings(report),
        "fits": parameters.list_fits(report),
        "history": history.list_history(report),
        "files": list_files(report, is_earlier=run != current),
        **totals.show_totals(report),
        **charts.list_charts(report),
        **show_effects(report.prediction.effects),
    }
    return render(request, "metrics/trust/page.html", context)
