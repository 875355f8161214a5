"""How long customers wait until they buy again, and when they fall silent: the shop, or a part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext

from klantwaarde import formats
from metrics.models import BuyingRhythm, Prediction, Run
from metrics.pages.cohorts.charts import chart_gaps
from metrics.pages.customers.survival import FEW, draw_survival
from metrics.pages.scope import Scope

#: Who is in one of these follows from what customers did: the curve says what put them there.
FROM_BEHAVIOUR: Final = ("rfm", "lifecycle", "segment")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The charts of whom was asked for, None where nothing can be drawn; ``missing``: why there is neither.

    ``purchases``: the gaps that the first is over. ``customers``: of whom a silence can be told.
    """

    name: str
    gaps: dict[str, Any] | None = None
    purchases: int = 0
    survival: dict[str, Any] | None = None
    customers: int = 0
    missing: str = ""
    from_behaviour: bool = False

    @property
    def is_few(self) -> bool:
        """True when the purchases are too few for more than a look."""
        return 0 < self.purchases < FEW


def read_rhythm(run: Run, scope: Scope) -> Rhythm:
    """Return the rhythm of a scope; a run of before it was kept by member says so, by ``missing``."""
    shop = _read_shop_survival(run)
    if scope.is_shop:
        return _draw(scope, run.curves.get("gaps", []), shop)
    found = BuyingRhythm.objects.filter(run=run, dimension=scope.dimension, member=scope.member).first()
    if found:
        return _draw(scope, found.gaps, found.survival, shop)
    kept = BuyingRhythm.objects.filter(run=run).exists()
    return Rhythm(scope.name, missing="nobody" if kept else "run")


def _read_shop_survival(run: Run) -> Mapping[str, Any]:
    prediction = Prediction.objects.filter(run=run).only("shop").first()
    found: Mapping[str, Any] = prediction.shop.get("survival", {}) if prediction else {}
    return found


def _draw(
    scope: Scope, bars: Sequence[Mapping[str, int | None]], curve: Mapping[str, Any], shop: Any = None
) -> Rhythm:
    purchases = sum(bar["n"] or 0 for bar in bars)
    return Rhythm(
        scope.name,
        _name_gaps(chart_gaps(bars), scope, purchases),
        purchases,
        _draw_survival(scope, curve, shop),
        int(curve.get("customers", 0)),
        from_behaviour=scope.dimension in FROM_BEHAVIOUR,
    )


def _name_gaps(chart: dict[str, Any] | None, scope: Scope, purchases: int) -> dict[str, Any] | None:
    if chart is None:
        return None
    over = ngettext(
        "%(scope)s, over %(n)s purchase of the last 12 months.",
        "%(scope)s, over %(n)s purchases of the last 12 months.",
        purchases,
    ) % {"scope": scope.name, "n": formats.number(purchases, get_language() or "en")}
    return {**chart, "purpose": f"{over} {chart['purpose']}", "whom": scope.name}


def _draw_survival(scope: Scope, curve: Mapping[str, Any], shop: Any) -> dict[str, Any] | None:
    """Return the chart and its sentence; of a part of the shop the whole stands in it in grey."""
    drawn = draw_survival(curve)
    if drawn is None:
        return None
    purpose = gettext(
        "How long do customers keep buying? %(scope)s: the share that has not yet been silent for a year, by "
        "months since the first purchase."
    ) % {"scope": scope.name}
    chart = {**drawn["chart"], "purpose": purpose, "whom": scope.name}
    if shop:
        chart["series"] = [{**chart["series"][0], "label": scope.name}, *_draw_shop(chart["labels"], shop)]
    return {**drawn, "chart": chart}


def _draw_shop(months: Sequence[int], shop: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the curve of the whole shop at the same months; nothing when it cannot be drawn."""
    whole = draw_survival(shop)
    if whole is None:
        return []
    chart = whole["chart"]
    by_month = dict(zip(chart["labels"], chart["series"][0]["values"], strict=True))
    values = [by_month.get(month) for month in months]
    return [{"label": gettext("Whole shop"), "values": values, "comparison": True}]
