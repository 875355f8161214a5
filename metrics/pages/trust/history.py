"""Earlier report cards: whether predictions get better."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from metrics.models import Prediction, Run
from metrics.pages.trust.reading import Report, name_model
from metrics.pages.trust.verdict import TONES, WORDS

LONGEST: Final = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """The report card of one calculation, in a row; None where there was no test."""

    run: int
    as_of: date | None
    model: str
    total_error: float | None
    inside: float | None
    tested: bool
    word: str
    tone: str
    current: bool


def list_history(shown: Report) -> list[Entry]:
    """Return the report cards of the last published calculations that predicted, newest first."""
    found = (
        Prediction.objects.filter(run__state=Run.State.PUBLISHED, reason="")
        .select_related("run")
        .only("model", "verdict", "scores", "reason", "run__as_of")
        .order_by("-run_id")[:LONGEST]
    )
    return [_read_entry(Report(one), shown) for one in found]


def _read_entry(report: Report, shown: Report) -> Entry:
    chosen = report.chosen
    key = report.prediction.verdict
    return Entry(
        run=report.run.pk,
        as_of=report.run.as_of,
        model=name_model(report.prediction.model),
        total_error=chosen["total_error"] if chosen else None,
        inside=chosen["inside"] if chosen else None,
        tested=chosen is not None,
        word=str(WORDS[key]),
        tone={"good": "good", "poor": "bad"}.get(key, TONES[key]),
        current=report.run.pk == shown.run.pk,
    )
