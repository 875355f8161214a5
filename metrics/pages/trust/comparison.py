"""Models and simple rules beside each other, and why the one in use is in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from klantwaarde.templatetags.formats import number
from metrics.pages.trust.reading import RULES, Report, name_model


@dataclass(frozen=True, slots=True)
class Row:
    """One of the forecasts that were compared; None where there is no such figure."""

    name: str
    expected: float
    total_error: float | None
    mean_absolute_error: float
    root_mean_square_error: float | None
    log_score: float | None = None
    top_shares: Sequence[float | None] = (None, None)
    inside: float | None = None
    inside_whole: float | None = None
    is_rule: bool = False
    in_use: bool = False
    off_in_total: bool = False


def list_rows(report: Report) -> list[Row]:
    """Return a row per forecast, the highest log score first, and last the one that expects nothing."""
    rows = [
        Row(**{key: value for key, value in one.items() if key in Row.__slots__ and key != "name"},
            name=name_model(one["name"]), is_rule=one["name"] in RULES)
        for one in report.scores
    ]  # fmt: skip
    return [*rows, _expect_nothing(report)] if rows else []


def explain_choice(report: Report) -> str:
    """Return why the test chose what it chose; "" without a test."""
    chosen = report.chosen
    if chosen is None:
        return ""
    fair = [one for one in report.scores if not one["off_in_total"]]
    best = fair[0] if fair else chosen
    name = name_model(chosen["name"])
    if best["name"] != chosen["name"]:
        return gettext(
            "%(name)s stays in use: %(other)s scored a little better, but by no more than chance can explain."
        ) % {"name": name, "other": name_model(best["name"])}
    return gettext(
        "%(name)s is in use: of everything whose total was not more than 10 percentage points further off "
        "than the best total, it found what customers did likeliest (log score %(score)s; higher is better)."
    ) % {"name": name, "score": number(chosen["log_score"], 3)}


def _expect_nothing(report: Report) -> Row:
    """Return how someone would have done who says that nobody buys."""
    one: Mapping[str, Any] = report.scores[0]
    customers = sum(one["pit"])
    mean, square = report.card.get("nobody_buys", (one["actual"] / customers if customers else 0.0, None))
    return Row(gettext("nobody buys"), 0.0, -1.0 if one["actual"] else 0.0, mean, square, is_rule=True)
