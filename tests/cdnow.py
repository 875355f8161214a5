"""CDNOW as the models read it: purchase days to 30 September 1997, and what came after, in weeks."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "cdnow"
LAST_DAY = date(1997, 9, 30).toordinal()
SAMPLE = ("cdnow_sample.csv", "sample_id", "dollars")
EVERYONE = ("cdnow_master.csv", "customer_id", "dollar_value")


@dataclass(frozen=True)
class Customers:
    """Calibration histories, mean spend after the first day, and purchase days in the 39 weeks after."""

    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    mean_value: np.ndarray
    later: np.ndarray

    @property
    def histories(self):
        return self.frequency, self.recency, self.age


def list_purchases(source: tuple[str, str, str]) -> list[tuple[int, int]]:
    """Return (customer, days after 1 January 1997) of every purchase of a file, or skip the test."""
    name, key, _amount = source
    first = date(1997, 1, 1).toordinal()
    with _find(name).open(newline="") as file:
        return [
            (int(row[key]), date.fromisoformat(row["date"]).toordinal() - first)
            for row in csv.DictReader(file)
        ]


def _find(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the CDNOW data are not beside the repository ({path})")
    return path


@cache
def read_customers(source: tuple[str, str, str]) -> Customers:
    """Return the customers of a file, or skip the test where the data are not at hand."""
    name, key, amount = source
    path = _find(name)
    days: dict[str, dict[int, float]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            spent = days.setdefault(row[key], {})
            day = date.fromisoformat(row["date"]).toordinal()
            spent[day] = spent.get(day, 0.0) + float(row[amount])
    return Customers(
        *(np.array(column, dtype=float) for column in zip(*map(_summarise, days.values()), strict=True))
    )


def _summarise(spent: dict[int, float]) -> tuple[float, ...]:
    known = sorted(day for day in spent if day <= LAST_DAY)
    first, *later = known
    mean = sum(spent[day] for day in later) / len(later) if later else 0.0
    return len(later), (known[-1] - first) / 7, (LAST_DAY - first) / 7, mean, len(spent) - len(known)
