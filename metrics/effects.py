"""How customers differ by what is known of them from the start: channel, country and first category.

A part of the step that predicts. It changes no prediction: it says which kinds of customers buy more often
and which stay longer, as a correlation (see ``metrics.core.covariates``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from metrics.core import covariates
from metrics.core.bgnbd import BGNBD
from metrics.core.covariates import CovariateFit, Effect, Multiplier
from metrics.core.histories import Flags, Summary, Whole
from metrics.core.mbgnbd import MBGNBD
from metrics.workspace import PostgresWorkspace

FACTORS: Final = ("channel", "country", "first_category")
#: A million customers would not make the differences clearer to anyone, only later.
SAMPLE: Final = 100_000
SMALLEST_LEVEL: Final = 100
FEWEST_REPEAT_BUYERS: Final = 10
MOST_LEVELS: Final = 8
OTHERS: Final = "\x1f"  # stands for all small levels: a control character is in no label of a shop
COVERAGE: Final = 0.95
NOT_BY_RULE: Final = {"reason": "rule"}  # a naive rule has no parameters that could differ
#: Differences by purchase are told by a model that has customers leave after a purchase.
_MODELS: Final = {"bgnbd": BGNBD}

Labels = npt.NDArray[np.object_]


def estimate_effects(
    work: PostgresWorkspace, customers: Whole, summary: Summary, model: str
) -> dict[str, Any]:
    """Return ``Prediction.effects``: levels with their effects, or the key of a reason why there are none.

    ``customers``: the number of each customer of ``summary``. ``model``: the one that predictions come from;
    of models that cannot tell (NBD, Pareto/NBD) MBG/NBD takes the place.
    """
    kind = _MODELS.get(model, MBGNBD)
    place, labels = _read_labels(work, customers)
    history = summary.frequency[place], summary.recency[place], summary.age[place]
    returned = history[0] > 0
    attributes = {name: pool_small(labels[name], returned) for name in FACTORS}
    fitted = covariates.fit(kind, *history, attributes, coverage=COVERAGE)
    if fitted.reasons:
        return {"reason": fitted.reasons[0]}
    if not fitted.effects:
        return {"reason": "one_level"}
    return {
        "model": fitted.reference.name,
        "customers": len(place),
        "coverage": COVERAGE,
        "p_values": dict(fitted.p_values),
        "levels": _list_levels(fitted),
    }


def pool_small(labels: Sequence[str] | Labels, returned: Flags) -> Labels:
    """Return the labels with those of few customers, or few who came back, taken together.

    Combinations of levels are fitted one by one: a few hundred of them take a second, thousands do not.
    """
    everyone = Counter(labels)
    back = Counter(label for label, came in zip(labels, returned, strict=True) if came)
    ordered = sorted(everyone, key=lambda label: (-everyone[label], label))
    large = {
        label
        for label in ordered[:MOST_LEVELS]
        if everyone[label] >= SMALLEST_LEVEL and back[label] >= FEWEST_REPEAT_BUYERS
    }
    return np.array([label if label in large else OTHERS for label in labels], dtype=object)


def _read_labels(work: PostgresWorkspace, customers: Whole) -> tuple[Whole, dict[str, list[str]]]:
    """Return the places of at most ``SAMPLE`` customers, evenly over their numbers, and their labels."""
    step = -(-len(customers) // SAMPLE) or 1
    columns = ", ".join(f"coalesce({name}, '') AS {name}" for name in FACTORS)
    rows = work.read_sql(
        f"SELECT customer_id, {columns} FROM calculation_values"
        f" WHERE orders > 0 AND NOT objects_to_profiling AND customer_id % {step} = 0 ORDER BY customer_id"
    )
    numbers = np.array([row["customer_id"] for row in rows], dtype=np.int64)
    place = np.minimum(np.searchsorted(customers, numbers), len(customers) - 1)
    known = customers[place] == numbers
    kept = [row for row, is_known in zip(rows, known, strict=True) if is_known]
    return place[known], {name: [row[name] for row in kept] for name in FACTORS}


def _list_levels(fitted: CovariateFit[Any]) -> list[dict[str, Any]]:
    """Return the levels by factor: the reference first, then the largest first, the small ones last."""

    def order(effect: Effect) -> tuple[int, bool, bool, int]:
        small = effect.level in (None, OTHERS)
        return FACTORS.index(effect.attribute), not effect.is_reference, small, -effect.customers

    return [
        {
            "factor": effect.attribute,
            "level": None if effect.level == OTHERS else effect.level,
            "reference": effect.is_reference,
            "customers": effect.customers,
            "rate": _tell(effect.purchase_rate),
            "dropout": _tell(effect.dropout),
        }
        for effect in sorted(fitted.effects, key=order)
    ]


def _tell(multiplier: Multiplier) -> dict[str, float]:
    found = asdict(multiplier)
    return {"effect": found["value"], "low": found["low"], "high": found["high"]}
