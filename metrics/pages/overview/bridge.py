"""What moved contribution since an earlier period: parts, chart and sentence, or why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from klantwaarde import formats
from metrics.core import bridge as core
from metrics.core.arithmetic import divide, round_half_up
from metrics.core.shapley import round_to_total
from metrics.kpis import KPIS
from metrics.models import Run
from metrics.pages.customers.columns import lower_first
from metrics.pages.figures import Figures, read_figures
from metrics.pages.overview.absent import Reason, explain_unknown_cost
from metrics.pages.periods import MONTH, Choice, Period
from metrics.pages.scope import Scope
from metrics.target_sentences import write_value

OF_NOBODY: Final = Scope("anonymous")
_COSTS: Final = ("acquisition_cost", "retention_cost")
_LABELS: Final[Mapping[str, str | Promise]] = {
    "customers": _("Customers"),
    "frequency": _("Order frequency"),
    "aov": _("Average order value"),
    "margin": _("Margin"),
    core.ANONYMOUS: _("Orders without a customer"),
    "acquisition_cost": _("Acquisition cost"),
    "retention_cost": _("Retention cost"),
}
_UNITS: Final = {"customers": "count", "frequency": "ratio", "margin": "percent"}
_UNDEFINED: Final[Mapping[str, str | Promise]] = {
    "frequency": _("nobody bought in %(period)s"),
    "aov": _("there were no orders of customers in %(period)s"),
    "margin": _("orders of customers brought in no revenue in %(period)s"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the bridge: what it was, what it is (in `unit`), and what that did to the result."""

    key: str
    label: str
    unit: str
    before: Decimal | None
    after: Decimal | None
    effect: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """A bridge between two periods, or the `reason` why there is none."""

    period: Period
    earlier: Period
    rows: tuple[Row, ...] = ()
    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)
    costs: tuple[str, ...] = ()
    reason: Reason | None = None

    @property
    def name(self) -> str:
        """What is bridged, as a reader calls it."""
        return gettext("Contribution after costs") if self.costs else str(KPIS["contribution"].label)

    @property
    def change(self) -> Decimal:
        """What all parts add up to."""
        return self.after - self.before

    def round(self, places: int) -> "Moved":
        """Return the bridge as a page shows it: fewer decimals, and parts that add up all the same."""
        before, after = (round_half_up(amount, places) for amount in (self.before, self.after))
        effects = round_to_total({row.key: row.effect for row in self.rows}, after - before, places)
        rows = tuple(replace(row, effect=effects[row.key]) for row in self.rows)
        return replace(self, rows=rows, before=before, after=after)


def read_moved(run: Run, figures: Figures, choice: Choice, earlier: Period) -> Moved:
    """Return the bridge from `earlier` to the chosen period; of the whole shop with orders of nobody.

    Orders without a customer have no customers and no frequency, so that their contribution stands apart.
    """
    period = choice.period
    of_nobody = Figures({})
    if choice.scope.is_shop:
        of_nobody = read_figures(run, ("aov", "contribution"), OF_NOBODY, since=earlier.month)
    reason = _explain_no_sides(figures, period, earlier)
    if reason:
        return Moved(period, earlier, reason=reason)
    costs = tuple(
        cost for cost in _COSTS
        if all(figures.find_value(cost, end) is not None for end in (period, earlier))
        and any(figures.find_value(cost, end) for end in (period, earlier))
    )  # fmt: skip
    before, after = (_make_side(figures, of_nobody, end, costs) for end in (earlier, period))
    try:
        bridge = core.build_bridge(before, after)
    except core.UndefinedFactorError as error:
        text = str(_UNDEFINED[error.factor]) % {"period": (period if error.later else earlier).name}
        return Moved(period, earlier, reason=Reason(text))
    return Moved(period, earlier, _list_rows(bridge, before, after), bridge.before, bridge.after, costs)


def chart_moved(moved: Moved, currency: str) -> dict[str, Any]:
    """Return the bridge as a chart, from the earlier period to this one."""
    return {
        "id": "moved-chart",
        "kind": "waterfall",
        "title": gettext("What moved contribution"),
        "purpose": describe_moved(moved, currency),
        "about": gettext("%(period)s compared with %(earlier)s")
        % {"period": moved.period.name, "earlier": moved.earlier.name},
        "unit": "money",
        "label_header": pgettext("of a bridge", "Part"),
        "labels": [moved.earlier.name, *(row.label for row in moved.rows), moved.period.name],
        "series": [
            {"label": moved.name, "values": [moved.before, *(row.effect for row in moved.rows), moved.after]}
        ],
        "totals": [0, len(moved.rows) + 1],
    }


def describe_moved(moved: Moved, currency: str) -> str:
    """Return in a few sentences from what to what the result went, and what did most of it."""
    language = get_language() or "en"
    before, after = (write_value(amount, "money", currency) for amount in (moved.before, moved.after))
    ratio = divide(moved.change, moved.before) if moved.before > 0 else None
    change = f" ({formats.change(ratio, language)})" if ratio is not None else ""
    told = gettext("%(what)s went from %(before)s to %(after)s%(change)s.")
    sentences = [told % {"what": moved.name, "before": before, "after": after, "change": change}]
    up = max(moved.rows, key=lambda row: row.effect)
    down = min(moved.rows, key=lambda row: row.effect)
    for row, text, sign in (
        (up, gettext("Added most: %(part)s (%(amount)s)."), "+\u2060"),  # the sign stays with its amount
        (down, gettext("Took away most: %(part)s (%(amount)s)."), ""),
    ):
        if row.effect > 0 if sign else row.effect < 0:
            amount = sign + write_value(row.effect, "money", currency)
            sentences.append(text % {"part": lower_first(row.label), "amount": amount})
    return " ".join(sentences)


def list_comparisons(choice: Choice, earlier: Period) -> list[dict[str, Any]]:
    """Return what can be compared with, as tabs; over 12 months only the year before says something."""
    if choice.period.window != MONTH:
        return []
    names = (("year", gettext("A year before")), ("month", gettext("The month before")))
    return [
        {"label": name, "url": f"?{choice.with_kept(compare=key)}#moved", "current": before == earlier}
        for (key, name), before in zip(names, choice.period.before(), strict=True)
    ]


def read_earlier(compare: str, period: Period) -> Period:
    """Return the period that the URL compares with: the year before, of a month also the month before."""
    year, month = period.before()
    return month if compare == "month" and period.window == MONTH else year


def _explain_no_sides(figures: Figures, period: Period, earlier: Period) -> Reason | None:
    for end in (period, earlier):
        found = {key: figures.find(key, end) for key in ("customers", "frequency", "aov", "contribution")}
        if any(figure is None for figure in found.values()):
            return Reason(gettext("there are no figures of %(period)s") % {"period": end.name})
        if not all(figure.complete for figure in found.values() if figure):
            return Reason(gettext("the data of %(period)s are not complete") % {"period": end.name})
        if figures.find_value("contribution", end) is None:
            return explain_unknown_cost()
    return None


def _make_side(figures: Figures, of_nobody: Figures, period: Period, costs: tuple[str, ...]) -> core.Side:
    customers = figures.find_value("customers", period) or 0
    orders = _read(figures, "frequency", period)
    revenue = _read(figures, "aov", period) - _read(of_nobody, "aov", period)
    anonymous = _read(of_nobody, "contribution", period)
    return core.Side(
        customers=int(customers),
        orders=int(orders),
        revenue=revenue,
        contribution=_read(figures, "contribution", period) - anonymous,
        anonymous=anonymous,
        costs={cost: _read(figures, cost, period) for cost in costs},
    )


def _read(figures: Figures, key: str, period: Period) -> Decimal:
    """Return what a KPI counts or sums, 0 where there is nothing of it."""
    figure = figures.find(key, period)
    return (figure.numerator if figure else None) or Decimal(0)


def _list_rows(bridge: core.Bridge, before: core.Side, after: core.Side) -> tuple[Row, ...]:
    """Return a row a part; what is 0 at both ends and no factor is left out."""
    ends = [_describe_side(side) for side in (before, after)]
    return tuple(
        Row(key, str(_LABELS[key]), _UNITS.get(key, "money"), ends[0][key], ends[1][key], effect)
        for key, effect in bridge.parts.items()
        if key in core.FACTORS or ends[0][key] or ends[1][key]
    )


def _describe_side(side: core.Side) -> dict[str, Decimal | None]:
    return {
        "customers": Decimal(side.customers),
        "frequency": divide(side.orders, side.customers),
        "aov": divide(side.revenue, side.orders),
        "margin": divide(side.contribution, side.revenue),
        core.ANONYMOUS: side.anonymous,
        **side.costs,
    }
