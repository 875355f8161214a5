"""What the customers of a filtered list are expected to bring in together, with its interval.

Chance differs from customer to customer, so its variances add up. What is not known about the models, and
what earlier cut-offs have shown that models do not see, is one future that all customers share: it is taken
from the widened interval of the shop, as a share of the sum.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any, Final

from django.db.models import Count, Sum
from django.utils.translation import get_language, gettext, ngettext

from klantwaarde import formats
from metrics.core.holdout import Z_80
from metrics.models import Prediction
from metrics.pages.customers.columns import FORECAST_METHODS
from metrics.pages.customers.query import ListQuery
from metrics.pages.customers.ranking import COUNT_CAP, Page, is_any_of

_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Together:
    """The sum of a forecast over the `customers` of a list who have one.

    `low` and `high` are the ends of its 80 % interval, None where the shop has none. `tested` tells that
    the interval was widened by what earlier cut-offs showed.
    """

    customers: int
    expected: Decimal
    low: Decimal | None
    high: Decimal | None
    tested: bool


def can_add_up(query: ListQuery) -> bool:
    """Return whether the list is of some customers, all of them known, in order of a forecast."""
    return query.method in FORECAST_METHODS and query.narrowed and not query.search_cut


def is_long(page: Page) -> bool:
    """Return whether a list has more customers than are added up unasked: a second's work at a million."""
    return page.capped or page.count > COUNT_CAP


def add_up(query: ListQuery) -> Together | None:
    """Return the sum over everyone a narrowed list holds; None where there is nothing to say."""
    prediction = Prediction.objects.filter(run=query.run).exclude(model="").first()
    if prediction is None:
        return None
    values = query.filter.qs.filter(customer__objects_to_profiling=False)
    if query.found is not None:
        values = values.filter(is_any_of(query.found))
    months = query.run.settings.prediction_months if query.method == "total" else _YEAR
    sums = values.order_by().aggregate(
        customers=Count(query.method),
        expected=Sum(query.method),
        foretold=Sum(f"predicted_{months}"),
        variance=Sum("predicted_12_variance" if months == _YEAR else "total_variance"),
    )
    if not sums["customers"]:
        return None
    reach = _find_reach(prediction, sums, months)
    expected: Decimal = sums["expected"]
    low, high = (None, None) if reach is None else (expected - reach, expected + reach)
    tested = prediction.shop.get("widening") is not None
    return Together(sums["customers"], expected, low, high, tested)


def _find_reach(prediction: Prediction, sums: dict[str, Any], months: int) -> Decimal | None:
    """Return how far the interval reaches to either side; None where no variance is kept of the horizon."""
    shop = prediction.shop["horizons"].get(str(months))
    if shop is None or sums["variance"] is None:
        return None
    # Of the whole shop chance is a small part, and taking all of its deviation errs on the wide side.
    widened = shop["deviation"] * (prediction.shop["widening"] or 1.0)
    shared = widened / abs(shop["expected"]) if shop["expected"] else 0.0
    deviation = sqrt(sums["variance"] + (shared * float(sums["foretold"])) ** 2)
    return Decimal(f"{Z_80 * deviation:.4f}")


def say_together(query: ListQuery, together: Together, currency: str) -> str:
    """Return the sum and its interval in one or two sentences."""
    language = get_language() or "en"

    def write(amount: Decimal | None) -> str:
        return formats.money(amount, currency, language, places=0)

    count = {"n": formats.number(together.customers, language), "amount": write(together.expected)}
    if query.method == "total":
        text = ngettext(
            "%(n)s customer on this list has a total value of %(amount)s: realised plus predicted.",
            "The %(n)s customers on this list have a total value of %(amount)s together: realised plus "
            "predicted.",
            together.customers,
        )
    else:
        text = ngettext(
            "%(n)s customer on this list is expected to bring in %(amount)s in the coming 12 months.",
            "The %(n)s customers on this list are expected to bring in %(amount)s together in the coming 12 "
            "months.",
            together.customers,
        )
    sentences = [text % count]
    if together.low is not None:
        ends = {"low": write(together.low), "high": write(together.high)}
        sentences.append(gettext("With 80%% certainty it is between %(low)s and %(high)s.") % ends)
        if not together.tested:
            sentences.append(gettext("Model uncertainty only; season and trend are not included."))
    return " ".join(sentences)
