"""Calculate and publish now, in this process: the same code as the worker's."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from customers.command_options import read_day
from customers.imports.failures import find_problem, first_line
from customers.models import Order
from metrics import pipeline
from metrics.models import Run


class Command(BaseCommand):
    """Exit code 0 only when the run was published; readers keep the last good one until then."""

    help = "Calculate what every customer is worth, and publish it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the day of the calculation and the form of the answer."""
        parser.add_argument(
            "--as-of", type=read_day, metavar="DATE", help="default: the last day with a valid order"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Calculate, then say what came of it. Raises CommandError for a day before the first order."""
        as_of = options["as_of"]
        if as_of:
            _require_orders(as_of)
        waiting = None if as_of else pipeline.find_waiting_run()
        try:
            run = pipeline.recalculate((waiting or pipeline.start_run("command", as_of)).pk)
        except (OperationalError, InterfaceError) as error:
            if find_problem(error):  # the database is there and says what stops it
                raise
            raise CommandError(
                f"The database went away: {first_line(error)}. Readers keep the last good figures; "
                "run this again."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(_describe(run)))
            return
        self.stdout.write(f"Run {run.pk}: {run.customers} customers as of {run.as_of}.")
        for name in ("revenue", "contribution", "realised"):
            self.stdout.write(
                f"  {name}: {run.totals[name] or 'n.a., a cost in it is not known for everyone'}"
            )
        for name in ("acquisition", "retention"):
            books = ", ".join(f"{key} {amount}" for key, amount in run.totals[name].items())
            self.stdout.write(f"  {name}: {books}")


def _require_orders(as_of: date) -> None:
    """A mistyped year would publish a shop without customers over one that has them."""
    first = Order.objects.order_by("ordered_on").values_list("ordered_on", flat=True).first()
    if first and as_of < first:
        raise CommandError(
            f"--as-of {as_of} is before the first order, of {first}: there is nobody to calculate. "
            "Give that day or a later one."
        )


def _describe(run: Run) -> dict[str, Any]:
    amounts = ("revenue", "contribution", "realised")
    sums = ("customers_with_order", *amounts, "acquisition", "retention", "anonymous")
    seconds = (
        (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else None
    )
    return {
        "run": run.pk,
        "as_of": run.as_of.isoformat() if run.as_of else None,
        "customers": run.customers,
        **{name: run.totals[name] for name in sums},
        "objections": run.totals["objections"]["n"],
        "seconds": seconds,
    }
