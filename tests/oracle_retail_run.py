"""The run of Online Retail that the pages are asked about, and every figure of it by the oracle.

One import and one calculation serve all tests of a module; what they read is what a user takes along: the
pages' own files.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.urls import reverse

from metrics.models import Run
from tests import oracle_retail, oracle_retail_pages
from tests.oracle_facts import add_months, last_of_month
from tests.oracle_retail_cohorts import Cohorts
from tests.oracle_retail_kpis import Figure, Key, compute_figures
from tests.retail_shop import AS_OF, ATTRIBUTE, COMPLETE_FROM, DEFAULT_MARGIN, import_retail
from tests.worked_example_shop import kept_for_the_module

#: These have no SQL: a bootstrap, and means of what is predicted. They have tests of their own.
APART = ("maximum_cac", "clv", "lifetime_group")
LAST_WHOLE = date(2011, 11, 1)
SNAPSHOTS = ("average", "realised_mean", "top_share")


@dataclass
class Retail:
    """The run, and every figure by the oracle."""

    run: Run
    figures: dict[Key, Figure]
    cohorts: Cohorts

    def find(self, kpi: str, window: str, month: date, dimension: str = "", member: str = "") -> Figure:
        """Return numerator and denominator; nothing happened: 0, of what is there at all."""
        return self.figures.get((kpi, window, month, dimension, member), (None, None))

    def value(self, *key: Any) -> Fraction | None:
        above, below = self.find(*key)
        if above is None:
            return None
        if below is None:
            return Fraction(above)
        return Fraction(above) / Fraction(below) if below else None

    def ask(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        return oracle_retail_pages.read(sql, AS_OF, self.run.pk, **more)


@contextmanager
def kept_retail(blocker: Any, folder: Path) -> Iterator[Retail]:
    """Import and calculate the shop for the tests of a module, and consult the oracle."""
    with kept_for_the_module(blocker, folder, import_retail, AS_OF) as run:
        yield consult_the_oracle(run)
        oracle_retail.drop()


def consult_the_oracle(run: Run) -> Retail:
    oracle_retail.build(AS_OF, COMPLETE_FROM, DEFAULT_MARGIN, ATTRIBUTE)
    figures = compute_figures(AS_OF, COMPLETE_FROM)
    cohorts = Cohorts(AS_OF, COMPLETE_FROM)
    channels = {key[4] for key in figures if key[3] == "channel"}
    return Retail(run, {**figures, **cohorts.list_figures(channels), **cohorts.list_campaigns()}, cohorts)


def list_latest(channel: str) -> list[Decimal]:
    """First years of who came to a channel in the latest months, at most 12, that have 30 together."""
    amounts: list[Decimal] = []
    month = AS_OF.replace(day=1)
    months = 0
    while len(amounts) < 30 and months < 12 and month >= COMPLETE_FROM:
        if (AS_OF - last_of_month(month)).days >= 364:
            months += 1
            amounts += [
                amount
                for (amount,) in oracle_retail.ask(
                    oracle_retail_pages.FIRST_YEARS_OF, {"channel": channel, "month": month}
                )
            ]
        month = add_months(month, -1)
    return amounts


def ask_peers(retail: Retail) -> tuple[Any, ...]:
    return retail.ask(oracle_retail_pages.PEERS, middle=date(2010, 12, 1))[0]


def read_csv(client: Any, name: str, *args: Any, **params: Any) -> list[dict[str, str]]:
    """Return the rows of a page's file in the standard layout."""
    response = client.get(reverse(name, args=args), {**params, "layout": "csv"})
    assert response.status_code == 200, (name, args, params)
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def close(text: str, value: Fraction | Decimal | int | None, places: int = 9) -> bool:
    """Tell whether a cell is the oracle's figure; nothing is n.a."""
    if text == "" or value is None:
        return text == "" and value is None
    return abs(Fraction(Decimal(text)) - Fraction(value)) <= Fraction(1, 10**places)
