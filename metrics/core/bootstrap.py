"""What a mean may be off by, without a model: the bootstrap of Efron (1979)."""

from typing import Final

import numpy as np

from metrics.core.histories import Floats

CONFIDENCE: Final = 0.8
DRAWS: Final = 1_000
SEED: Final = 20_240_229
_AT_ONCE: Final = 4_000_000  # amounts drawn at a time: 32 MB


def find_lower_mean(amounts: Floats, confidence: float = CONFIDENCE, draws: int = DRAWS) -> float:
    """Return the lower end of the percentile bootstrap interval of the mean.

    The same amounts give the same answer, in whatever order they come. ValueError without amounts.

    >>> find_lower_mean(np.array([5.0, 5.0, 5.0]))
    5.0
    """
    if not len(amounts):
        raise ValueError("amounts must have at least one element")
    ordered = np.sort(amounts)
    rng = np.random.default_rng(SEED)
    means: list[float] = []
    rows = max(1, _AT_ONCE // len(ordered))
    for start in range(0, draws, rows):
        drawn = rng.integers(0, len(ordered), size=(min(rows, draws - start), len(ordered)))
        means.extend(ordered[drawn].mean(axis=1))
    return float(np.quantile(means, (1 - confidence) / 2))
