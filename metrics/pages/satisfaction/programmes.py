"""Retention programmes: cost, members, and members beside others who were like them before joining."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.core.arithmetic import divide
from metrics.core.calendar import rolling_window
from metrics.models import Run, Satisfaction
from metrics.pages.satisfaction.answers import FEW
from metrics.pages.satisfaction.relation import Span, read_span
from metrics.pages.table_export import list_downloads
from metrics.publishing import current_run


@dataclass(frozen=True, slots=True)
class Compared:
    """A measure of members and of the others they were matched with; ``difference`` with its interval."""

    members: int
    others: int
    of_members: Decimal
    of_others: Decimal
    difference: Span

    @property
    def is_few(self) -> bool:
        """True when too few members for more than a look."""
        return self.members < FEW


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as the run found it; amounts None: no cost names it, or nobody to compare with."""

    name: str
    members: int
    joined: int
    members_12: int
    cost: Decimal | None
    cost_12: Decimal | None
    unallocated: Decimal | None
    followed: int
    retention: Compared | None
    contribution: Compared | None

    @property
    def cost_per_member(self) -> Decimal | None:
        """Cost of the last 12 months per customer who was in it at any time of them."""
        return divide(self.cost_12, self.members_12)


@require_safe
@require(VIEW)
def show_programmes(request: HttpRequest) -> HttpResponse:
    """Show the programmes of the published run; before there are any, what to upload."""
    run = current_run()
    found = read_programmes(run) if run else []
    context = {
        "current_run": run,
        "currency": Shop.load().currency,
        "programmes": found,
        # The month of the run is one of the 12, as far as it is over: the page says from which day to which.
        "first": rolling_window(run.as_of).first if run and run.as_of else None,
        "downloads": list_downloads("satisfaction_export", "programmes") if found else [],
    }
    return render(request, "metrics/programmes/page.html", context)


def read_programmes(run: Run) -> list[Programme]:
    """Return the programmes with most members first."""
    found = Satisfaction.objects.filter(run=run).only("programmes").first()
    return [_read(row) for row in found.programmes] if found else []


def _read(row: Mapping[str, Any]) -> Programme:
    return Programme(
        row["programme"],
        row["members"],
        row["joined"],
        row["members_12"],
        _amount(row["cost"]),
        _amount(row["cost_12"]),
        _amount(row.get("unallocated")),  # runs of before do not say
        row["followed"],
        _read_compared(row["retention"]),
        _read_compared(row["contribution"]),
    )


def _read_compared(told: Mapping[str, Any] | None) -> Compared | None:
    if not told:
        return None
    return Compared(
        told["members"],
        told["others"],
        Decimal(f"{told['of_members']:.4f}"),
        Decimal(f"{told['of_others']:.4f}"),
        read_span({"value": told["difference"], "low": told["low"], "high": told["high"]}),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
