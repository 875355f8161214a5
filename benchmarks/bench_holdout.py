"""How well purchases are predicted beside lifetimes 0.11.3, on real hold-outs: no times, only results.

Both sides are fitted on the same past (CDNOW to 30 September 1997, half of Online Retail) and judged on what
came after. lifetimes' best model per figure is the bar, of those that converge there; its parameters are put
into our formulas, so that fits are compared and not roundings. Skipped where the data are not beside the
repository.
"""

import csv
import gzip
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from benchmarks.figures import Figure
from metrics.core import bgnbd, holdout, mbgnbd, nbd, pareto_nbd
from metrics.core.histories import Histories, Orders, RefundRows, build_histories
from tests import cdnow

NOBODY: Final = np.zeros(0, dtype=np.int64)
ONLINE_RETAIL: Final = cdnow.DATA.parent / "online_retail" / "online_retail.csv.gz"
CUT_OFF, END = 272, 545  # CDNOW: 30 September 1997 and 30 June 1998, in days after 1 January 1997
WITHIN: Final = 0.01
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
    yield Figure(
        f"{name}: log score, {chosen.name}, less lifetimes' best",
        chosen.log_score - max(one.log_score for one in theirs), "a customer", -WITHIN, at_least=True,
    )  # fmt: skip
    yield Figure(
        f"{name}: RMSE ÷ lifetimes' best",
        chosen.root_mean_square_error / min(one.root_mean_square_error for one in theirs), "×", 1 + WITHIN,
    )  # fmt: skip
    yield Figure(
        f"{name}: share caught in the top tenth ÷ lifetimes' best",
        chosen.top_shares[0] / max(one.top_shares[0] for one in theirs), "×", 1 - WITHIN, at_least=True,
    )  # fmt: skip
    total = f"{chosen.expected:,.0f} of {chosen.actual:,}"
    yield Figure(f"{name}: expected total {total}", chosen.expected / chosen.actual, "×")


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
            found.fit(frequency, recency / 7, age / 7)
        except ConvergenceError:
            continue
        params = {key: float(value) * (7 if key in times else 1) for key, value in found.params_.items()}
        yield model.given(params)
