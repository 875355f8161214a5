"""How well purchases are predicted beside lifetimes 0.11.3, on hold-outs: no times, only results.

Both sides are fitted on the same past (CDNOW to 30 September 1997, half of Online Retail, two of three years
of simulated shops) and judged on what came after. lifetimes' best model per figure is the bar, of those that
converge there within `PATIENCE`; its parameters are put into our formulas, so that fits are compared and not
roundings. Real data are skipped where they are not beside the repository. The log score chooses, so on
simulated shops it alone has a limit: in one that changes another model may have the smaller error.
"""

import contextlib
import csv
import gzip
import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from benchmarks.figures import Figure
from benchmarks.patience import within
from metrics.core import bgnbd, holdout, mbgnbd, nbd, pareto_nbd, report_card
from metrics.core.histories import Histories, Orders, RefundRows, build_histories
from tests import cdnow

NOBODY: Final = np.zeros(0, dtype=np.int64)
ONLINE_RETAIL: Final = cdnow.DATA.parent / "online_retail" / "online_retail.csv.gz"
CUT_OFF, END = 272, 545  # CDNOW: 30 September 1997 and 30 June 1998, in days after 1 January 1997
YEAR: Final = 365
WITHIN: Final = 0.01
SIMULATED: Final = "simulated"
PATIENCE: Final = 60  # seconds for one fit of lifetimes
MODELS: Final = (nbd, bgnbd, mbgnbd, pareto_nbd)


def measure() -> Iterator[Figure]:
    """Yield log score, RMSE and share caught of the model we choose against lifetimes' best."""
    warnings.simplefilter("ignore")
    for name, histories, cut_off, end in _read_shops():
        yield from _compare(name, histories, cut_off, end)


def _read_shops() -> Iterator[tuple[str, Histories, int, int]]:
    for source, name in ((cdnow.SAMPLE, "CDNOW sample"), (cdnow.EVERYONE, "all of CDNOW")):
        if (cdnow.DATA / source[0]).exists():
            yield name, _build(cdnow.list_purchases(source)), CUT_OFF, END
    if ONLINE_RETAIL.exists():
        histories = _build(_read_online_retail())
        last = int(histories.day.max())
        yield "Online Retail", histories, (histories.first_day + last) // 2, last
    yield from _simulate_shops()


def _simulate_shops() -> Iterator[tuple[str, Histories, int, int]]:
    """Yield shops of three years, day by day: as models have it, with a season, shrinking and growing."""
    days = np.arange(3 * YEAR)
    level = np.ones(3 * YEAR)
    december = np.where(days % YEAR >= 304, 3.0, 0.6)
    shops = (
        ("MBG/NBD", True, level, level),
        ("Pareto/NBD", False, level, level),
        ("a season", True, december, december),
        ("declining", True, np.exp(-days / YEAR), np.exp(-days / YEAR / 2)),
        ("growing", True, np.exp(days / YEAR), np.exp(days / YEAR / 2)),
    )
    for seed, (name, after_purchase, arriving, busy) in enumerate(shops):
        rows = _simulate(np.random.default_rng(seed), after_purchase, arriving, busy)
        yield f"{SIMULATED}: {name}", _build(rows), 2 * YEAR - 1, 3 * YEAR - 1


def _simulate(
    rng: np.random.Generator, after_purchase: bool, arriving: np.ndarray, busy: np.ndarray
) -> list[tuple[int, int]]:
    """Return customer and day of purchases; the arrays say how busy a day is, with first and later ones."""
    customers, days = 6_000, len(busy)
    first = np.sort(rng.choice(days, customers, p=arriving / arriving.sum()))
    rate = rng.gamma(0.8, 1 / 90, customers)
    chance = rng.beta(0.8, 2.0, customers)
    leaves = first + rng.exponential(1 / rng.gamma(0.6, 1 / 200, customers))
    active = (rng.random(customers) >= chance) | (not after_purchase)
    rows = [(one, int(day)) for one, day in enumerate(first)]
    for day in range(1, days):
        may = active & (first < day) & (after_purchase | (leaves > day))
        buyers = np.flatnonzero(may & (rng.random(customers) < -np.expm1(-rate * busy[day])))
        rows += [(int(one), day) for one in buyers]
        if after_purchase:
            active[buyers] = rng.random(len(buyers)) >= chance[buyers]
    return rows


def _build(rows: list[tuple[int, int]]) -> Histories:
    customer, day = (np.array(column, dtype=np.int64) for column in zip(*sorted(rows), strict=True))
    orders = Orders(customer, day, np.full(len(day), 10_000))
    return build_histories(orders, RefundRows(*[NOBODY] * 6), NOBODY)


def _read_online_retail() -> list[tuple[int, int]]:
    """Return customer and day of every invoice that is worth something."""
    worth: dict[tuple[str, int, int], float] = {}
    with gzip.open(ONLINE_RETAIL, "rt", newline="") as file:
        for row in csv.DictReader(file):
            number, invoice = row["CustomerID"], row["InvoiceNo"]
            if number and not invoice.startswith("C"):
                day = datetime.fromisoformat(row["InvoiceDate"]).date().toordinal()
                key = (invoice, int(float(number)), day - date(1970, 1, 1).toordinal())
                worth[key] = worth.get(key, 0.0) + float(row["Quantity"]) * float(row["UnitPrice"])
    return [(customer, day) for (_invoice, customer, day), amount in worth.items() if amount > 0]


def _compare(name: str, histories: Histories, cut_off: int, end: int) -> Iterator[Figure]:
    summary = histories.summarise(cut_off)
    actual = histories.count_between(summary, end)
    history = (summary.frequency, summary.recency, summary.age)

    def judge(model: Any) -> holdout.Score:
        return holdout.score(holdout.forecast(model, summary, end - cut_off), actual)

    fits = [model.fit(*history) for model in MODELS]
    ours = [judge(one) for one in fits if one.usable]
    theirs = [judge(model) for model in _fit_lifetimes(*history)]
    chosen = next(one for one in ours if one.name == holdout.choose(ours).name)
    best = max(one.log_score for one in theirs)
    yield Figure(
        f"{name}: log score, {chosen.name}, less lifetimes' best",
        chosen.log_score - best, "a customer", -WITHIN * abs(best), at_least=True,
    )  # fmt: skip
    yield Figure(
        f"{name}: RMSE ÷ lifetimes' best",
        chosen.root_mean_square_error / min(one.root_mean_square_error for one in theirs), "×",
        None if name.startswith(SIMULATED) else 1 + WITHIN,
    )  # fmt: skip
    yield Figure(
        f"{name}: share caught in the top tenth ÷ lifetimes' best",
        chosen.top_shares[0] / max(one.top_shares[0] for one in theirs), "×",
        None if name.startswith(SIMULATED) else 1 - WITHIN, at_least=True,
    )  # fmt: skip
    model = next(one for one in fits if one.name == chosen.name)
    total = report_card.expect_total(model, summary, end - cut_off, chosen.actual)
    low, high = holdout.find_interval(total.expected, total.deviation, None)
    place = "inside" if low <= chosen.actual <= high else "outside"
    told = (
        f"{chosen.expected:,.0f} of {chosen.actual:,}, {place} {low:,.0f} to {high:,.0f} (80 %, model alone)"
    )
    yield Figure(f"{name}: expected {told}", chosen.expected / chosen.actual, "×")


def _fit_lifetimes(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> Iterator[Any]:
    """Yield lifetimes' fits as our models; it is given weeks, in which it converges better than in days."""
    import lifetimes
    from lifetimes.utils import ConvergenceError

    fitters = (
        (lifetimes.BetaGeoFitter, bgnbd.BGNBD, ("alpha",)),
        (lifetimes.ModifiedBetaGeoFitter, mbgnbd.MBGNBD, ("alpha",)),
        (lifetimes.ParetoNBDFitter, pareto_nbd.ParetoNBD, ("alpha", "beta")),
    )
    for fitter, model, times in fitters:
        found = fitter(penalizer_coef=0.0)
        try:
            with within(PATIENCE), contextlib.redirect_stdout(io.StringIO()):
                found.fit(frequency, recency / 7, age / 7)
        except (ConvergenceError, TimeoutError):
            continue
        params = {key: float(value) * (7 if key in times else 1) for key, value in found.params_.items()}
        yield model.given(params)
