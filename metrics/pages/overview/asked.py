"""What a URL asks for of a run, and the figures to answer it: page and files share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from metrics.core.calendar import MONTHS_PER_YEAR, add_months
from metrics.kpis import KPIS
from metrics.models import Run
from metrics.pages.facts import has_valid_orders
from metrics.pages.figures import Figures, read_figures
from metrics.pages.overview.bridge import read_earlier
from metrics.pages.overview.charts import is_charted
from metrics.pages.periods import Choice, Period, read_choice
from metrics.pages.scope import ScopeChoice, list_members, read_scope

MONTHS_BACK: Final = 2 * MONTHS_PER_YEAR  # the year before, and the past of that


@dataclass(frozen=True, slots=True)
class Asked:
    """Period and scope, the KPI that is drawn over time, and what the bridge starts from."""

    figures: Figures
    choice: Choice
    scopes: ScopeChoice
    kpi: str
    earlier: Period


def read_asked(params: Mapping[str, str], run: Run) -> Asked | None:
    """Return what a URL asks for of a run; None when the run has no figures, or none of any valid order."""
    if not has_valid_orders(run):
        return None
    scopes = read_scope(params, list_members(run))
    timeline = read_figures(run, ["revenue"], scopes.scope)
    if not timeline.list_months():
        return None
    kpi = params.get("kpi", "")
    kpi = kpi if is_charted(kpi) else "revenue"
    compare = params.get("compare", "")
    kept = {"kpi": kpi} if kpi != "revenue" else {}
    kept |= {"compare": compare} if compare == "month" else {}
    choice = read_choice(params, timeline.list_months(), timeline.list_complete(), scopes.scope, kept)
    since = add_months(choice.period.month, -MONTHS_BACK)
    recent = read_figures(run, list(KPIS), scopes.scope, since)
    figures = Figures({**timeline.rows, **recent.rows})
    return Asked(figures, choice, scopes, kpi, read_earlier(compare, choice.period))
