"""Parsers of columns that few kinds have: scales and scores, segments, attributes, periods, figures."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from customers.imports.columns import AmountParser, Parser, WordParser, normalise_word
from customers.imports.dates import MONTHS
from customers.imports.reasons import BadValue
from customers.segments import NoSegment, name_attribute, parse_segment

_SCALE_NAMES: Final = {
    "nps": "nps|net promoter score|nps 0 10|0 10",
    "csat_5": "csat 5|csat 1 5|csat5|1 5",
    "csat_10": "csat 10|csat 1 10|csat10|1 10",
}
_SCALES: Final = {name: scale for scale, names in _SCALE_NAMES.items() for name in names.split("|")}


class ScaleParser(WordParser):
    """Which scale an answer is on. "CSAT" alone does not tell: it may run to 5 or to 10."""

    type = "scale"

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(_SCALES, "unknown_scale", required=required)


class ScoreParser(Parser):
    """A whole number: what somebody chose on a scale."""

    type = "score"
    sql_type = "smallint"
    _pattern: Final = re.compile(r"([0-9]{1,4})(?:[.,]0+)?")

    def parse(self, text: str) -> str:
        match = self._pattern.fullmatch(text)
        if match is None:
            raise BadValue("not_score", text)
        return match[1]


class SegmentParser(Parser):
    """A segment, ``Land = NL``, as it is kept: ``country = NL``."""

    type = "segment"

    def parse(self, text: str) -> str:
        try:
            return super().parse(str(parse_segment(text)))
        except NoSegment as problem:
            raise BadValue("segment_of_value" if problem.of_value else "segment", text) from None


class AttributeParser(Parser):
    """The name of something that is known of customers: ``Land`` is kept as ``country``."""

    type = "attribute"

    def parse(self, text: str) -> str:
        return super().parse(name_attribute(text))


class ChoiceParser(Parser):
    """One of the words that the column's kind knows, each with its meaning."""

    type = "choice"

    def __init__(self, words: Callable[[], Mapping[str, str]], *, required: bool = False) -> None:
        super().__init__(required=required)
        self._words = words()

    def parse(self, text: str) -> str:
        meaning = self._words.get(normalise_word(text))
        if meaning is None:
            raise BadValue("not_a_choice", text, choices=", ".join(dict.fromkeys(self._words.values())))
        return meaning


class FigureParser(AmountParser):
    """A number that may be a percentage: "35 %" stays one, and is not 35."""

    type = "figure"
    sql_type = "text"

    def parse(self, text: str) -> str:
        bare = text.removesuffix("%").strip()
        return super().parse(bare) + ("%" if bare != text else "") if bare else super().parse(text)


_PERIODS: Final = (
    re.compile(r"(?P<year>[0-9]{4})[-/. ](?P<month>[0-9]{1,2})"),
    re.compile(r"(?P<month>[0-9]{1,2})[-/. ](?P<year>[0-9]{4})"),
    re.compile(r"(?P<name>[^\W\d_]+)\.?[- ](?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})[- ](?P<name>[^\W\d_]+)\.?"),
    re.compile(r"(?P<year>[0-9]{4})[- ]?(?:q|k|kwartaal |quarter )(?P<quarter>[1-4])"),
    re.compile(r"(?:q|k|kwartaal |quarter )(?P<quarter>[1-4])[- ]?(?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})"),
)


class PeriodParser(Parser):
    """A month (2026-01, januari 2026), a quarter (2026-Q1) or a year (2026), as the range of its days."""

    type = "period"
    sql_type = "daterange"

    def parse(self, text: str) -> str:
        for pattern in _PERIODS:
            match = pattern.fullmatch(" ".join(text.casefold().split()))
            months = self._months(match.groupdict()) if match else None
            if match and months and 1900 <= int(match["year"]) < 2200:
                year, (first, last) = int(match["year"]), months
                end = date(year, last, monthrange(year, last)[1])
                return f"[{date(year, first, 1).isoformat()},{end.isoformat()}]"
        raise BadValue("not_period", text)

    def _months(self, found: Mapping[str, str]) -> tuple[int, int] | None:
        """Return the first and last month that are meant, None when there are no such months."""
        if "quarter" in found:
            last = 3 * int(found["quarter"])
            return last - 2, last
        if not {"month", "name"} & found.keys():
            return 1, 12
        month = int(found["month"]) if "month" in found else MONTHS.get(found["name"], 0)
        return (month, month) if 1 <= month <= 12 else None
