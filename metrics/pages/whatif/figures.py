"""What stands on the page of a what-if: value before and after, its parts, what it may cost, what matters."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import get_language, gettext, pgettext

from klantwaarde import formats
from klantwaarde.templatetags.formats import figure
from metrics.core.arithmetic import round_half_up
from metrics.core.formulas import VOCABULARY, Explanation, explain
from metrics.core.shapley import round_to_total
from metrics.core.whatif import (
    LEVERS,
    NO_LEVERS,
    VALUE,
    Lever,
    Levers,
    Outcome,
    Sensitivity,
    compute,
    find_inputs,
    find_levels,
    find_lifetime,
    rank_sensitivity,
)
from metrics.kpis import KPIS
from metrics.models import GroupValue
from metrics.pages.whatif.levers import SPECS, Moved, say_change
from metrics.whatif import Start

FEW: Final = 30
CENTS: Final = 2  # decimals of an amount on a page; files have all


@dataclass(frozen=True, slots=True)
class LeverRow:
    """A lever in the table of parts: what it is now, what it becomes, and what that does to the value.

    ``unset`` says that nobody has set or uploaded it, and the calculation does without; "" when it is known.
    """

    key: Lever
    label: str
    now: Decimal
    then: Decimal
    unit: str
    change: str
    part: Decimal | None
    unset: str = ""


@dataclass(frozen=True, slots=True)
class Calculated:
    """A what-if worked out: its outcome, and the sums that a manager asks for.

    ``yearly`` is what the change may cost a year for all who bought in 12 months, ``won`` what it means for
    the customers won in a year; None when not known.
    """

    start: Start
    outcome: Outcome
    rows: list[LeverRow]
    sensitivity: list[Sensitivity]
    explanation: Explanation

    @property
    def change(self) -> Decimal:
        """How much a customer becomes worth more."""
        return self.outcome.after - self.outcome.before

    def round(self, places: int) -> "Calculated":
        """Return it as a page shows it: fewer decimals, and parts that add up all the same."""
        before, after = (round_half_up(value, places) for value in (self.outcome.before, self.outcome.after))
        parts = round_to_total(self.outcome.parts, after - before, places)
        rows = [replace(row, part=parts[row.key] if row.change else None) for row in self.rows]
        may_cost = self.outcome.break_even
        if may_cost.once == self.change:  # no cost is changed: the two are the same amount
            may_cost = replace(may_cost, once=after - before)
        outcome = replace(self.outcome, before=before, after=after, parts=parts, break_even=may_cost)
        return replace(self, outcome=outcome, rows=rows)

    @property
    def yearly(self) -> Decimal | None:
        """What the change may cost a year at most, for everyone who buys."""
        buyers = self.start.buyers
        return None if buyers is None else self.outcome.break_even.per_year * buyers

    @property
    def of_won(self) -> Decimal | None:
        """What the change does to the value of all customers won in a year."""
        return None if self.start.won is None else self.change * self.start.won


def calculate(start: Start, moved: Moved, currency: str) -> Calculated:
    """Work a what-if out."""
    levers = moved.levers
    outcome = compute(start.base, levers)
    return Calculated(
        start=start,
        outcome=outcome,
        rows=[_make_row(start, moved, outcome, key, currency) for key in LEVERS],
        sensitivity=rank_sensitivity(start.base),
        explanation=explain(VALUE, find_inputs(start.base, levers), _list_labels()),
    )


def chart_parts(found: Calculated) -> dict[str, Any] | None:
    """Return the waterfall from the value before to the value after; None when nothing is moved."""
    moved = [row for row in found.rows if row.change]
    if not moved:
        return None
    values = [found.outcome.before, *(row.part for row in moved), found.outcome.after]
    return {
        "id": "whatif-parts",
        "kind": "waterfall",
        "title": gettext("What each change does"),
        "purpose": gettext(
            "From the value of a customer now to that after the changes; each part is its average over all "
            "orders of changing them."
        ),
        "unit": "money",
        "label_header": pgettext("difference", "Change"),
        "labels": [gettext("Now"), *(row.label for row in moved), gettext("Then")],
        "series": [{"label": gettext("value of a customer"), "values": values}],
        "totals": [0, len(values) - 1],
    }


def list_sensitivity(found: Calculated) -> list[dict[str, Any]]:
    """Return the levers by how much 1 % more of them does, the largest first, each as a share of that."""
    most = max((abs(one.change) for one in found.sensitivity), default=Decimal(0))
    return [
        {
            "label": SPECS[one.lever].label,
            "change": one.change,
            "share": one.change / most if most else None,
        }
        for one in found.sensitivity
    ]


def describe_start(found: Calculated, currency: str) -> list[str]:
    """Return what a reader must know of where the calculation starts."""
    start, language = found.start, get_language() or "en"
    notes = [_say_equal(start, currency)]
    if not start.group.dimension:
        notes.append(
            gettext("Retention and margin are, as there, those of customers who did not object to profiling.")
        )
    if start.borrowed:
        notes.append(
            gettext("This group is too small for a margin or retention of its own: the shop's are used.")
        )
    if start.selected:
        notes.append(
            gettext(
                "Who is in this segment was decided by what they bought, so that its own retention would "
                "only repeat that: the shop's is used."
            )
        )
    if start.assumed:
        years = formats.number(start.base.lifetime_years, language, 1)
        notes.append(
            gettext("Retention is not known yet: a lifetime of %(years)s years is assumed.")
            % {"years": years}
        )
    if not start.discounted:
        notes.append(gettext("Interest and inflation are not set, so later money is not discounted."))
    if not start.has_acquisition_cost:
        notes.append(gettext("No acquisition cost was uploaded: the value is before what winning costs."))
    elif start.cac:
        notes.append(
            gettext("The acquisition cost is %(kpi)s over the 12 months to %(month)s.")
            % {"kpi": KPIS[start.cac].label, "month": formats.month(start.month, language)}
        )
    else:
        notes.append(gettext("The acquisition cost is the mean of what these customers were allocated."))
    if not start.has_retention_cost:
        notes.append(gettext("No retention cost was uploaded: the value is before what keeping costs."))
    return notes


def find_capped(found: Calculated, levers: Levers) -> str:
    """Return that a longer lifetime than the longest counts no further; "" when it does not reach that."""
    base = found.start.base
    if not levers.retention or find_lifetime(base, levers) < base.lifetime_cap:
        return ""
    years = formats.number(base.lifetime_cap, get_language() or "en", 1)
    return gettext("The lifetime stops at %(years)s years, the longest that is set.") % {"years": years}


def _make_row(start: Start, moved: Moved, outcome: Outcome, key: Lever, currency: str) -> LeverRow:
    spec, change = SPECS[key], moved.typed.get(key)
    # Of frequency and order value the levels are shares of what stands in the group.
    whole = _find_whole(start.group, key)
    now, then = (find_levels(start.base, levers)[key] * whole for levers in (NO_LEVERS, moved.levers))
    said = say_change(spec, change, currency) if change else ""
    return LeverRow(
        key, str(spec.label), now, then, spec.unit, said, outcome.parts[key] if change else None,
        unset=_say_unset(start, key),
    )  # fmt: skip


def _say_unset(start: Start, key: Lever) -> str:
    if key in ("interest", "inflation"):
        return "" if start.discounted else gettext("not set")
    known = {"acquisition_cost": start.has_acquisition_cost, "retention_cost": start.has_retention_cost}
    return "" if known.get(key, True) else gettext("not known")


def _find_whole(group: GroupValue, key: Lever) -> Decimal:
    if key == "frequency":
        return group.orders / group.customer_years
    return group.revenue / group.orders if key == "order_value" else Decimal(1)


def _list_labels() -> dict[str, str]:
    return {name: gettext(VOCABULARY[name].label) for name in VALUE.names}


def _say_equal(start: Start, currency: str) -> str:
    now = explain(VALUE, find_inputs(start.base), {})
    amount = figure(now.lines[0].amount, "money", currency)
    if not start.group.dimension:
        text = gettext(
            "Before costs this is the KPI “%(kpi)s”: %(amount)s, revenue per customer per year × lifetime × "
            "margin."
        )
        return text % {"kpi": KPIS["lifetime_group"].label, "amount": amount}
    text = gettext(
        "Before costs this is the lifetime value of the group: %(amount)s, its revenue per customer per year "
        "× lifetime × margin."
    )
    return text % {"amount": amount}
