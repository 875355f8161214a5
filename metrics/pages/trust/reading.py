"""What a run keeps of its predictions, read for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from django.http import Http404
from django.shortcuts import get_object_or_404

from metrics.core.season import LEAST_MONTHS
from metrics.models import ModelFit, Prediction, Run
from metrics.publishing import current_run

RULES: Final = (ModelFit.Model.LAST_YEAR.value, ModelFit.Model.OWN_RATE.value)


@dataclass(frozen=True)
class Report:
    """A prediction and its report card; `settings` are those of its run."""

    prediction: Prediction

    @property
    def run(self) -> Run:
        """The calculation it belongs to."""
        return self.prediction.run

    @property
    def shop(self) -> Mapping[str, Any]:
        """What is said of the whole shop."""
        found: Mapping[str, Any] = self.prediction.shop
        return found

    @property
    def card(self) -> Mapping[str, Any]:
        """What became of the model in use; empty for a naive rule, and without a test."""
        found: Mapping[str, Any] = self.prediction.card
        return found

    @cached_property
    def scores(self) -> list[Mapping[str, Any]]:
        """Everything that was compared, what did best first."""
        return sorted(self.prediction.scores, key=lambda one: -one["log_score"])

    @cached_property
    def chosen(self) -> Mapping[str, Any] | None:
        """The score of what the test chose; None without a test."""
        return next((one for one in self.scores if one["in_use"]), None)

    @property
    def cut_off(self) -> date | None:
        """The last day that was fitted on."""
        return self.prediction.cut_off

    @property
    def first_day(self) -> date | None:
        """The first day that was held out."""
        return self.cut_off + timedelta(days=1) if self.cut_off else None

    @property
    def knows_season(self) -> bool:
        """Whether there was enough history to tell season from growth."""
        return self.shop.get("season") is not None

    @property
    def is_short(self) -> bool:
        """Whether that is because fewer than 24 complete months are known (a month may stand at each end)."""
        return not self.knows_season and self.months < LEAST_MONTHS + 2

    @property
    def months(self) -> int:
        """How many months of history there are, the incomplete ones included."""
        days: int = self.shop.get("history_days", 0)
        return round(days / 30.4375)


def find_run(params: Mapping[str, str]) -> Run | None:
    """Return the published run that a URL asks for with ``?run=`` (404: no such one), else the one in use."""
    asked = params.get("run")
    if asked is None:
        return current_run()
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        raise Http404
    return get_object_or_404(Run, pk=int(asked), state=Run.State.PUBLISHED)


def read_report(run: Run | None) -> Report | None:
    """Return what a run says of its predictions; None before the first run, and of runs from before them."""
    if run is None:
        return None
    found = Prediction.objects.select_related("run__settings").filter(run=run).first()
    return Report(found) if found else None


def name_model(key: str) -> str:
    """Return a model or rule as the page calls it."""
    return str(ModelFit.Model(key).label) if key else ""
