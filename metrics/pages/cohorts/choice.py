"""What the table of cohorts shows: its rows, its cells, and of whom. It stands in the URL.

``?rows=quarter&show=repurchase&dimension=channel&member=ads``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from metrics.models import CohortCell, Run
from metrics.pages.cohorts.measures import MEASURES, RETENTION, Measure
from metrics.pages.scope import Scope, ScopeChoice, arrange_members, list_members, read_scope

MONTH, QUARTER, CHANNEL, CATEGORY = "month", "quarter", "channel", "first_category"
ROWS: Final[Mapping[str, str | Promise]] = {
    MONTH: _("First month"),
    QUARTER: _("First quarter"),
    CHANNEL: _("Channel"),
    CATEGORY: _("First category"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The table asked for. Rows that are members are always of the whole shop.

    ``has_cohorts``: the run keeps the cohorts of whom is asked for.
    """

    rows: str
    measure: Measure
    scopes: ScopeChoice
    has_cohorts: bool = True

    @property
    def scope(self) -> Scope:
        """Whose cohorts: of the shop or of one member."""
        return self.scopes.scope

    @property
    def is_pooled(self) -> bool:
        """True when a row is a member, and takes all its cohorts together."""
        return self.rows in (CHANNEL, CATEGORY)

    @property
    def query(self) -> str:
        """The same as a piece of a URL."""
        return urlencode({"rows": self.rows, "show": self.measure.key, **self.scope.params})

    @property
    def row_options(self) -> list[dict[str, object]]:
        """What may stand in the rows, as the choices of a select."""
        return [{"value": key, "name": name, "current": key == self.rows} for key, name in ROWS.items()]

    @property
    def measure_options(self) -> list[dict[str, object]]:
        """What may stand in the cells, as the choices of a select."""
        return [
            {"value": key, "name": measure.label, "current": key == self.measure.key}
            for key, measure in MEASURES.items()
        ]


def read_choice(params: Mapping[str, str], run: Run) -> Choice:
    """Return what a URL asks for; what it leaves out or has wrong is retention by first month of the shop."""
    rows = params.get("rows", "")
    rows = rows if rows in ROWS else MONTH
    measure = MEASURES.get(params.get("show", ""), MEASURES[RETENTION])
    kept = _list_kept(run)
    scopes = read_scope(params if rows in (MONTH, QUARTER) else {}, _list_members(run, kept))
    scope = scopes.scope
    return Choice(rows, measure, scopes, scope.is_shop or scope.member in kept.get(scope.dimension, ()))


def _list_kept(run: Run) -> dict[str, set[str]]:
    """Return the channels and first categories with cohorts."""
    return {
        dimension: set(
            CohortCell.objects.filter(run=run, dimension=dimension)
            .order_by()
            .values_list("member", flat=True)
            .distinct()
        )
        for dimension in (CHANNEL, CATEGORY)
    }


def _list_members(run: Run, kept: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Return all members that anything on the page can be about."""
    found = {dimension: set(members) for dimension, members in list_members(run).items()}
    for dimension, members in kept.items():
        if members:
            found.setdefault(dimension, set()).update(members)
    return arrange_members(found)
