"""Spend against value, and the course of a channel."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext

from metrics.core.arithmetic import divide
from metrics.core.calendar import MONTHS_PER_YEAR
from metrics.pages.channels.lines import ChannelLine
from metrics.pages.channels.reading import Member, Rows
from metrics.pages.periods import MONTH, YEAR, Period, name_months
from metrics.pages.scope import Scope

MOST_CHANNELS: Final = 10
COURSE_MONTHS: Final = 24


def chart_value(lines: Sequence[ChannelLine], period: Period) -> dict[str, Any] | None:
    """Return what was spent on customers beside what the same customers brought in; None without any."""
    known = [line for line in lines if line.brought_in is not None and (line.won_for or line.contribution.n)]
    if not known:
        return None
    known.sort(key=lambda line: (-(line.won_for or 0), -(line.brought_in or 0), line.channel))
    shown = known[:MOST_CHANNELS]
    return {
        "id": "spend-and-value",
        "kind": "bar",
        "title": gettext("Spend against value"),
        "purpose": gettext(
            "What was spent to win the new customers of %(months)s, and what the same customers brought in "
            "during their first 365 days."
        )
        % {"months": name_won_in(period)},
        "unit": "money",
        "label_header": gettext("Channel"),
        "labels": [line.name for line in shown],
        "series": [
            {"label": gettext("spend"), "values": [line.won_for for line in shown]},
            {"label": gettext("contribution, first 365 days"), "values": [line.brought_in for line in shown]},
        ],
    }


def name_won_in(period: Period) -> str:
    """Return the months of the customers that LTV:CAC of a period is about: a year before it."""
    before = period.shift(-MONTHS_PER_YEAR)
    return name_months(before.first, before.month)


def list_course(rows: Rows, line: ChannelLine, months: Sequence[date], cac: str) -> list[dict[str, Any]]:
    """Return the charts of one channel: spend and new customers per month, and over 12 what each is worth.

    Without any cost of the channel no spend and no CAC: they are not known, and not 0.
    """
    member = line.member
    spend = _chart_month(rows, member, months, "acquisition_cost", gettext("Spend per month"), "money")
    drawn = [
        *([spend] if line.knows_cost else []),
        _chart_month(rows, member, months, "new_customers", gettext("New customers per month"), "count"),
        _chart_cac(rows, member, months, cac if line.knows_cost else ""),
    ]
    # On a picture that is kept there is no page around it to tell of whom it is, and of which months.
    whom, about = Scope(*line.member).name, name_months(months[0], months[-1])
    return [{**chart, "whom": whom, "about": about} for chart in drawn]


def _chart_month(
    rows: Rows, member: Member, months: Sequence[date], kpi: str, title: str, unit: str
) -> dict[str, Any]:
    found = [rows.get((member, kpi, Period(MONTH, month))) for month in months]
    return {
        "id": kpi.replace("_", "-"),
        "kind": "bar",
        "title": title,
        "unit": unit,
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": list(months),
        "series": [{"label": title, "values": [figure.value if figure else None for figure in found]}],
        "incomplete": [place for place, figure in enumerate(found) if figure and not figure.complete],
    }


def _chart_cac(rows: Rows, member: Member, months: Sequence[date], cac: str) -> dict[str, Any]:
    """Each point over the 12 months up to it: single months of a channel jump too much to read.

    ``cac``: the KPI of it, "" for no such line.
    """
    costs = [rows.get((member, cac, Period(YEAR, month))) for month in months]
    drawn = {"label": gettext("CAC"), "values": [figure.value if figure else None for figure in costs]}
    worth = [rows.get((member, "ltv_cac", Period(YEAR, month))) for month in months]
    return {
        "id": "cac-and-contribution",
        "kind": "line",
        "title": gettext("What a new customer costs and brings in"),
        "purpose": gettext(
            "Each point is over 12 months: CAC of those to the month, and contribution of the first 365 days "
            "of the customers won a year earlier."
        ),
        "unit": "money",
        "label_header": gettext("12 months to"),
        "label_unit": "short_month",
        "labels": list(months),
        "series": [
            *([drawn] if cac else []),
            {
                "label": gettext("12-month contribution per new customer"),
                "values": [divide(figure.numerator, figure.n) if figure else None for figure in worth],
            },
        ],
    }
