"""What keeping a customer may cost: value at risk times the share of it that a campaign wins back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from metrics.core.arithmetic import divide, round_amount
from metrics.members import OTHER
from metrics.models import Run
from metrics.pages.scope import name_member


@dataclass(frozen=True, slots=True)
class Keeping:
    """Customers of a channel with value at risk: how many, how much together, and what keeping may cost.

    ``most`` is for one of them on average, ``together`` for all; None until the share won back is set.
    """

    channel: str
    customers: int
    amount: Decimal
    share: Decimal | None

    @property
    def name(self) -> str:
        """What a reader calls the channel."""
        return name_member("channel", self.channel)

    @property
    def mean(self) -> Decimal | None:
        """Value at risk of one of them."""
        return divide(self.amount, self.customers)

    @property
    def most(self) -> Decimal | None:
        """What keeping one of them may cost at most."""
        return None if self.share is None or self.mean is None else round_amount(self.mean * self.share)

    @property
    def together(self) -> Decimal | None:
        """What keeping all of them may cost at most."""
        return None if self.share is None else round_amount(self.amount * self.share)


def list_keeping(run: Run) -> tuple[list[Keeping], Keeping | None]:
    """Return the channels, most value at risk first ("other" last), and the shop; None: nothing is known."""
    told: Sequence[Mapping[str, Any]] = run.totals.get("at_risk_by_channel") or ()
    share = run.settings.share_won_back
    rows = [
        Keeping(row["channel"], row["customers"], Decimal(row["amount"]), share)
        for row in told
        if row["customers"]
    ]
    if not rows:
        return [], None
    rows.sort(key=lambda row: (row.channel == OTHER, -row.amount, row.channel))
    whole = Keeping(
        "", sum(row.customers for row in rows), sum((row.amount for row in rows), Decimal(0)), share
    )
    return rows, whole
