"""Value beside potential, as dots of customers who are much alike."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from metrics.models import CustomerValue
from metrics.pages.potential.told import name_quarter


def chart_quarters(told: Mapping[str, Any], *, predicted: bool) -> dict[str, Any] | None:
    """Return the chart of a run's groups; None without any. ``predicted``: value is what is predicted."""
    if not told.get("bins"):
        return None
    across = gettext("predicted, 12 months") if predicted else gettext("contribution of the last 365 days")
    return {
        "id": "value-and-potential",
        "kind": "bubble",
        "title": gettext("Value and potential"),
        "purpose": gettext(
            "Where is room to grow? Each dot is a group of customers who are much alike; the dashed lines "
            "cut the four quarters."
        ),
        "unit": "money",
        "label_header": gettext("Quarter"),
        "labels": [],
        "axis": across,
        "vertical_axis": gettext("potential, 12 months"),
        "size_header": gettext("customers"),
        "lines": (Decimal(told["value_from"]), Decimal(told["potential_from"])),
        "series": [
            {
                "label": name_quarter(quarter),
                "dots": [
                    (one["value"], one["potential"], one["n"])
                    for one in told["bins"]
                    if one["quarter"] == quarter
                ],
            }
            for quarter in CustomerValue.Quarter.values
        ],
    }
