"""What a page on channels is asked for: the period, by which column channels are ranked, and which one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from metrics.models import Run
from metrics.pages.channels.lines import SORTS
from metrics.pages.facts import has_valid_orders
from metrics.pages.figures import read_figures
from metrics.pages.periods import Choice, Period, read_choice


@dataclass(frozen=True, slots=True)
class Asked:
    """The period chosen (of ``choice``), whether it is whole, and the column that ranks."""

    choice: Choice
    sort: str
    complete: bool

    @property
    def period(self) -> Period:
        """The period itself."""
        return self.choice.period

    @property
    def query(self) -> str:
        """All of it as a piece of a URL."""
        return self.choice.query

    def keep_channel(self, channel: str) -> "Asked":
        """Return the same of one channel, which goes along when another period is chosen."""
        return replace(self, choice=replace(self.choice, kept={**self.choice.kept, "channel": channel}))


def read_asked(params: Mapping[str, str], run: Run) -> Asked | None:
    """Return what a URL asks for; None while the run has no figures of any period, or no valid order."""
    if not has_valid_orders(run):
        return None
    known = read_figures(run, ("revenue",))
    months = known.list_months()
    if not months:
        return None
    sort = params.get("sort", "")
    kept = {"sort": sort} if sort in SORTS[1:] else {}
    complete = known.list_complete()
    choice = read_choice(params, months, complete, kept=kept)
    return Asked(choice, kept.get("sort", SORTS[0]), choice.period in complete)
