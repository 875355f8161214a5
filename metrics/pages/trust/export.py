"""The tables of the report card as files, of the published run or of an earlier one."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.pages.table_export import Column, export_table, list_downloads, read_layout
from metrics.pages.trust import comparison, history, parameters, totals
from metrics.pages.trust.effects import show_effects
from metrics.pages.trust.reading import Report, find_run, read_report

Rows = Iterator[list[Any]]


@require_safe
@require(VIEW)
def export_predictions(request: HttpRequest, table: str) -> HttpResponse:
    """Write a table of the report card: ``?layout=``, ``?run=``; without a prediction: 404."""
    layout = read_layout(request.GET)
    run = find_run(request.GET)
    report = read_report(run)
    if run is None or report is None or report.prediction.reason or table not in TABLES:
        raise Http404
    columns, list_rows = TABLES[table]
    return export_table(f"predictions-{table}-{run.as_of:%Y-%m-%d}", columns, list_rows(report), layout)


def list_files(report: Report, *, is_earlier: bool) -> dict[str, list[dict[str, str]]]:
    """Return the downloads of every table by its name; those of an earlier run ask for that run."""
    query = f"run={report.run.pk}" if is_earlier else ""
    return {table: list_downloads("predictions_export", table, query=query) for table in TABLES}


def _round(figure: float | None) -> Decimal | None:
    """Return a figure of a model to four places, as figures of models are told throughout."""
    return None if figure is None else Decimal(f"{figure:.4f}")


def _write_parameter(figure: float | None) -> Decimal | None:
    """Return a parameter to six digits: it may be as small as a ten-thousandth."""
    return None if figure is None else Decimal(f"{figure:.6g}")


def _list_earlier(report: Report) -> Rows:
    for one in totals.show_totals(report).get("earlier", ()):
        ends = [_round(one.span.low), _round(one.span.high)]
        yield [one.first, one.last, _round(one.expected), round(one.actual), *ends, one.span.inside]


def _list_comparison(report: Report) -> Rows:
    for row in comparison.list_rows(report):
        figures = (
            row.log_score, row.expected, row.total_error, row.mean_absolute_error,
            row.root_mean_square_error, *row.top_shares, row.inside, row.inside_whole,
        )  # fmt: skip
        yield [row.name, row.is_rule, row.in_use, row.off_in_total, *map(_round, figures)]


def _list_horizons(report: Report) -> Rows:
    for one in totals.show_totals(report)["horizons"]:
        yield [one.months, one.expected, one.low, one.high]


def _list_parameters(report: Report) -> Rows:
    for fit in parameters.list_fits(report):
        for one in fit.parameters:
            figures = map(_write_parameter, (one.value, one.error, one.robust_error))
            yield [fit.name, one.symbol, *figures, one.meaning, fit.customers, _round(fit.log_likelihood)]


def _list_effects(report: Report) -> Rows:
    """Of the kind that others are compared with, a figure is 1 and has no range."""
    for factor in show_effects(report.prediction.effects)["factors"]:
        for level in factor.levels:
            figures: list[Decimal | None] = []
            for one in (level.rate, level.dropout):
                ends = (None, None) if level.reference else (one.low, one.high)
                figures += map(_round, (1.0 if level.reference else one.effect, *ends))
            yield [factor.name, level.name, level.customers, level.reference, *figures]


def _list_history(report: Report) -> Rows:
    for one in history.list_history(report):
        yield [one.run, one.as_of, one.model, _round(one.total_error), _round(one.inside), one.word]


_EXPECTED: Final = Column("expected", _("Expected"))
_LOW, _HIGH = Column("low", _("Expected, lower end")), Column("high", _("Expected, upper end"))
TABLES: Final[Mapping[str, tuple[tuple[Column, ...], Callable[[Report], Rows]]]] = {
    "earlier": (
        (
            Column("first_day", _("First day")), Column("last_day", _("Last day")), _EXPECTED,
            Column("actual", _("In fact")), _LOW, _HIGH, Column("came_true", _("Came true")),
        ),
        _list_earlier,
    ),
    "comparison": (
        (
            Column("model", _("Prediction by")), Column("simple_rule", _("Simple rule")),
            Column("in_use", _("In use")), Column("off_in_total", _("Too far off in total")),
            Column("log_score", _("Log score")), _EXPECTED, Column("total_error", _("Off in total")),
            Column("mean_absolute_error", _("Mean error")), Column("root_mean_square_error", _("RMSE")),
            Column("top_10", _("Caught by the top tenth")), Column("top_20", _("Caught by the top fifth")),
            Column("inside", _("Within the range")),
            Column("inside_whole", _("Within the range in whole purchases")),
        ),
        _list_comparison,
    ),
    "horizons": ((Column("months", _("Coming months")), _EXPECTED, _LOW, _HIGH), _list_horizons),
    "parameters": (
        (
            Column("model", _("Model")), Column("parameter", _("Parameter")),
            Column("estimate", _("Estimate")), Column("standard_error", _("Standard error")),
            Column("robust_standard_error", _("Robust standard error")),
            Column("meaning", _("What it is about")), Column("customers", _("Customers")),
            Column("log_likelihood", _("Log-likelihood")),
        ),
        _list_parameters,
    ),
    "effects": (
        (
            Column("dimension", _("Divided by")), Column("member", _("Kind of customers")),
            Column("customers", _("Customers")), Column("compared_with", _("Compared with")),
            Column("rate", _("Buys so many times as often")),
            Column("rate_low", _("Buys so many times as often, lower end")),
            Column("rate_high", _("Buys so many times as often, upper end")),
            Column("dropout", _("Leaves so many times as easily")),
            Column("dropout_low", _("Leaves so many times as easily, lower end")),
            Column("dropout_high", _("Leaves so many times as easily, upper end")),
        ),
        _list_effects,
    ),
    "history": (
        (
            Column("run", _("Calculation")), Column("as_of", _("As of")), Column("model", _("Model")),
            Column("total_error", _("Off in total")), Column("inside", _("Within the range")),
            Column("verdict", _("Verdict")),
        ),
        _list_history,
    ),
}  # fmt: skip
