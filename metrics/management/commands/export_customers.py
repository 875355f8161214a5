"""Every customer with what it is worth, best first, as CSV on standard output."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from metrics.csv_output import NoRunError, require_run, write_rows
from metrics.models import CustomerValue, Prediction, Run
from metrics.valuation import RANKED

REVENUE = "revenue"
ROWS_AT_ONCE = 5_000
COLUMNS = (
    "orders", "first_order", "last_order", "revenue", "contribution", "acquisition_cost", "retention_cost",
    "transaction_cost", "realised", "periodic", "lifetime", "loyalty", "value_density", "cost_of_goods",
    "margin", "channel", "country", "first_category", "occasions", "recency", "age", "window_orders",
    "window_revenue", "window_cost_to_serve", "p_active", "purchases_12", "predicted_12", "predicted_12_low",
    "predicted_12_high", "predicted_24", "predicted_24_low", "predicted_24_high", "predicted_36",
    "predicted_36_low", "predicted_36_high", "total", "at_risk", "next_order_from", "next_order_to",
    "overdue_days", "potential", "gap", "referral_value",
)  # fmt: skip
HEADER = ("rank", "customer_id", *COLUMNS)
SUMMED = ("revenue", "contribution", "acquisition_cost", "retention_cost", "transaction_cost", "realised")


class Command(BaseCommand):
    """The last line of the whole list says how many customers objected to profiling: they are in totals."""

    help = "Write the ranked customers as CSV: identifiers as column names, decimal point, ISO days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the method to rank by, and how many customers."""
        parser.add_argument(
            "--method",
            metavar="NAME",
            choices=(*RANKED, REVENUE),
            help=f"one of {', '.join((*RANKED, REVENUE))}; default: the setting",
        )
        parser.add_argument("--limit", type=int, metavar="N", help="only the best N")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the list. Raises CommandError before the first calculation."""
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError(f"--limit {options['limit']}: expected a whole number of at least 1.")
        try:
            run = require_run()
        except NoRunError as problem:
            raise CommandError(str(problem)) from None
        method = options["method"] or self._choose_method(run)
        write_rows(self.stdout, HEADER, list_rows(run, method, options["limit"]))

    def _choose_method(self, run: Run) -> str:
        """Return the ranking method, or revenue while nobody with an order has a value by it."""
        method: str = run.settings.ranking_method
        if not run.is_valueless(method):
            return method
        self.stderr.write(f"Nobody has a value by {method}: {self._say_why(run, method)}. Ranked by revenue.")
        return REVENUE

    @staticmethod
    def _say_why(run: Run, method: str) -> str:
        prediction = Prediction.objects.filter(run=run).first()
        if method in {"predicted_12", "total"} and not (prediction and prediction.model):
            reason = prediction.reason if prediction else "not calculated yet"
            return f"there is no prediction ({reason})"
        return "what the goods cost is not known"


def list_rows(run: Run, method: str, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield the customers of a run, the best first; of the whole list one row more for who objected, if any.

    Who objected after the calculation is one of those at once, not at the next calculation.
    """
    objecting = Q(objects_to_profiling=True) | Q(customer__objects_to_profiling=True)
    listed = CustomerValue.objects.filter(run=run).exclude(objecting)
    place = Window(RowNumber(), order_by=[F(REVENUE).desc(), F("external_id").asc()])
    ranked = listed.annotate(place=place if method == REVENUE else F(f"rank_{method}")).order_by("place")
    rows = ranked.values_list("place", "external_id", *COLUMNS)
    if limit:  # the best few are handed to other programs, and add up to nothing
        yield from rows[:limit].iterator(ROWS_AT_ONCE)
        return
    yield from rows.iterator(ROWS_AT_ONCE)
    yield from _sum_up(CustomerValue.objects.filter(objecting, run=run))


def _sum_up(objecting: QuerySet[CustomerValue]) -> Iterator[tuple[Any, ...]]:
    """Yield one row, if anybody objected: how many, and what they come to, so that totals stay whole."""
    sums = {f"{name}_sum": Sum(name) for name in SUMMED}
    known = {f"{name}_known": Count(name) for name in SUMMED}
    found = objecting.aggregate(n=Count("customer_id"), **sums, **known)
    n = found["n"]
    if n:
        yield (
            None,
            f"{n} {'customer' if n == 1 else 'customers'} who objected",
            *(found[f"{name}_sum"] if found.get(f"{name}_known") == n else None for name in COLUMNS),
        )
