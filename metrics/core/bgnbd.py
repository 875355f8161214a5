"""The BG/NBD model of Fader, Hardie & Lee (2005), "Counting your customers the easy way".

While active a customer buys at random moments at rate λ ~ Gamma(r, α); after each purchase but the first ever
he drops out with chance p ~ Beta(a, b). Who bought once is therefore always "active": do not add those up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from metrics.core.dropout_after_purchase import DropoutAfterPurchase
from metrics.core.geometric_dropout import GeometricDropout


@dataclass(frozen=True, eq=False)
class BGNBD(DropoutAfterPurchase):
    """A fitted BG/NBD: parameters r, alpha (a time), a, b."""

    name: ClassVar[str] = "bgnbd"
    likelihood: ClassVar[GeometricDropout] = GeometricDropout(first=0)


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> BGNBD:
    """Fit the BG/NBD by maximum likelihood.

    Parameters
    ----------
    frequency : purchase occasions after the first, x.
    recency : time from the first to the last occasion, t_x; 0 if x is 0.
    age : time from the first occasion to the day of the calculation, T.

    Raises
    ------
    ValueError : for what is not a history, naming the value.

    >>> fitted = fit([0, 1, 0, 3, 2, 0, 8], [0, 90, 0, 280, 31, 0, 300], [300, 300, 310, 320, 330, 340, 350])
    >>> fitted.data.customers, fitted.data.repeat_buyers
    (7, 4)
    """
    return BGNBD.fit(frequency, recency, age)
