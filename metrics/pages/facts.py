"""What a reader must know of the figures on a page, from what the run has noted down."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from metrics.core.arithmetic import divide
from metrics.core.calendar import MONTHS_PER_YEAR, add_months, months_between
from metrics.models import Run
from metrics.pages.periods import Period


def has_valid_orders(run: Run) -> bool:
    """Tell whether any order is worth something; without one, figures of 0 would say nothing."""
    if "customers_with_order" not in run.totals:
        return True
    return bool(run.totals["customers_with_order"] or run.totals.get("anonymous", {}).get("orders"))


def find_anonymous_share(run: Run) -> Decimal | None:
    """Return the share of all revenue that orders without a customer bring; None when there is no revenue."""
    anonymous = _amount(run.totals.get("anonymous", {}), "revenue")
    return divide(anonymous, anonymous + _amount(run.totals, "revenue"))


def find_known_cost_share(run: Run) -> Decimal | None:
    """Return the share of revenue whose cost of goods is known; None when there is no revenue."""
    known = run.totals.get("known_cost_share", {})
    return divide(_amount(known, "numerator"), _amount(known, "denominator"))


def find_mean_value(run: Run, method: str) -> Decimal | None:
    """Return the mean value by a method over the customers with an order for whom it is known."""
    buyers = run.totals.get("buyers", {})
    return divide(_amount(buyers, method), int(buyers.get(f"{method}_known") or 0))


def count_costs(run: Run, *kinds: str) -> Decimal:
    """Return what was uploaded of these kinds of cost ("acquisition", "retention"), all time."""
    return sum((_amount(run.totals.get(kind, {}), "uploaded") for kind in kinds), Decimal(0))


def may_include_older_customers(run: Run, period: Period) -> bool:
    """Tell whether "new" may be wrong: in the first 12 months of a history not said to be complete."""
    new_from = find_new_from(run)
    return new_from is not None and period.first < new_from


def count_months_kept(run: Run, period: Period) -> int:
    """Return how many months of a period the whole shop's CAC, LTV:CAC and payback do not leave out."""
    new_from = find_new_from(run)
    months = months_between(period.first, period.month) + 1
    left_out = 0 if new_from is None else months_between(period.first, new_from)
    return months - min(max(left_out, 0), months)


def find_new_from(run: Run) -> date | None:
    """Return the first month whose new customers are all new; None: any, for the history is complete.

    CAC, LTV:CAC and payback of the whole shop leave earlier months out.
    """
    start = run.totals.get("complete_from")
    if run.settings.shop.get("history_complete") or not start:
        return None
    return add_months(date.fromisoformat(start), MONTHS_PER_YEAR)


def _amount(facts: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(facts.get(name) or 0)
