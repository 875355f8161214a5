"""The MBG/NBD model of Batislam, Denizel & Filiztekin (2007): BG/NBD with a first chance to leave at once.

As BG/NBD, but a customer may drop out after the very first purchase too, so that somebody who bought once may
be inactive. The default of this house.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from metrics.core.dropout_after_purchase import DropoutAfterPurchase
from metrics.core.geometric_dropout import GeometricDropout


@dataclass(frozen=True, eq=False)
class MBGNBD(DropoutAfterPurchase):
    """A fitted MBG/NBD: parameters r, alpha (a time), a, b."""

    name: ClassVar[str] = "mbgnbd"
    likelihood: ClassVar[GeometricDropout] = GeometricDropout(first=1)


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> MBGNBD:
    """Fit the MBG/NBD by maximum likelihood; arguments and errors as for `metrics.core.bgnbd.fit`."""
    return MBGNBD.fit(frequency, recency, age)
