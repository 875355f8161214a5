"""Every check, by its key, in the order of the page."""

from collections.abc import Iterator
from typing import Final

from customers.models import Upload
from customers.quality.checks import Check
from customers.quality.costs import COST_CHECKS
from customers.quality.customers import CUSTOMER_CHECKS
from customers.quality.history import HISTORY_CHECKS
from customers.quality.orders import ORDER_CHECKS
from customers.quality.refunds import REFUND_CHECKS
from customers.quality.refused import REFUSED_CHECKS

CHECKS: Final[dict[str, Check]] = {
    check.key: check
    for checks in (
        REFUSED_CHECKS,
        ORDER_CHECKS,
        REFUND_CHECKS,
        CUSTOMER_CHECKS,
        COST_CHECKS,
        HISTORY_CHECKS,
    )
    for check in checks
}


def checks_of(upload: Upload | None) -> Iterator[Check]:
    """Yield the checks of all facts, or those that are asked of one upload."""
    return (check for check in CHECKS.values() if upload is None or upload.kind in check.of_file)
