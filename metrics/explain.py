"""A stored value taken apart, from the formula that made it and the inputs that were stored with it."""

from decimal import Decimal
from typing import cast

from django.utils.translation import gettext

from metrics.core import calendar
from metrics.core.formulas import VOCABULARY, Explanation, Values, explain, total
from metrics.models import CustomerValue
from metrics.peer_groups import find_repeat_rate
from metrics.valuation import list_methods

EXPLAINED = ("contribution", "realised", "periodic", "lifetime", "loyalty", "value_density", "total")


def explain_value(value: CustomerValue, method: str) -> Explanation:
    """Return the formula of a method filled in for one customer; its total is the stored value.

    ``value`` comes with its peer group, run and settings (``select_related("peer_group", "run__settings")``).
    Raises KeyError for a method that is not one of ``EXPLAINED``.
    """
    settings = value.run.settings
    formula = total(settings.prediction_months) if method == "total" else list_methods(settings)[method]
    labels = {name: gettext(VOCABULARY[name].label) for name in formula.needs}
    return explain(formula.expression, read_inputs(value), labels)


def read_inputs(value: CustomerValue) -> Values:
    """Return what the formulas of one customer go by, to the digit as stored; None where not available.

    Who objects to profiling has no scores: what only scores are made of is not available then.
    """
    scored = not value.objects_to_profiling
    return {
        "revenue": value.revenue,
        "orders": value.orders,
        "cost_of_goods": value.cost_of_goods,
        "transaction_cost": value.transaction_cost,
        "acquisition_cost": value.acquisition_cost,
        "retention_cost": value.retention_cost,
        "contribution": value.contribution,
        "realised": value.realised,
        "predicted_12": value.predicted_12,
        "predicted_24": value.predicted_24,
        "predicted_36": value.predicted_36,
        "window_revenue": value.window_revenue if scored else None,
        "window_orders": value.window_orders if scored else None,
        **_read_time(value),
        **_read_peers(value),
    }


def _read_time(value: CustomerValue) -> dict[str, Decimal | None]:
    if value.age is None:
        return {"years": None, "periods": None}
    period = cast("calendar.Period", value.run.settings.period)
    return {"years": calendar.count_years(value.age), "periods": calendar.count_periods(value.age, period)}


def _read_peers(value: CustomerValue) -> dict[str, Decimal | None]:
    group = value.peer_group
    return {
        "margin": value.margin,
        "repeat_rate": find_repeat_rate(group) if group else None,
        "future_years": group.future_years if group else None,
        "future_periods": group.future_periods if group else None,
    }
