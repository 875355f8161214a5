"""The part of the page about segments: who is how satisfied, now and over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from metrics.models import Run, Satisfaction
from metrics.pages.figures import Figures
from metrics.pages.satisfaction.answers import MemberAnswers, read_dimensions, take_latest
from metrics.pages.satisfaction.charts import chart_members, list_charted_months
from metrics.pages.satisfaction.courses import MOST_DRAWN, Compared, list_dimensions, read_courses
from metrics.pages.satisfaction.names import STANDING_NAMES, STANDINGS
from metrics.pages.scope import name_dimension
from metrics.pages.table_export import list_downloads


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment's answers; ``drawn``: it stands in the chart, None: it has no course that could."""

    answers: MemberAnswers
    drawn: bool | None


@dataclass(frozen=True, slots=True)
class Asked:
    """How customers are divided, as the URL asks; ``current`` is "" when there is no way to."""

    current: str
    dimensions: Sequence[str]
    members: Sequence[str]


def read_asked(params: QueryDict, run: Run, found: Satisfaction, family: str) -> Asked:
    """Return what ``?by=tier&member=top&member=low`` asks; a dimension without answers is the first one."""
    counted = read_dimensions(found, family)
    dimensions = [*counted, *(one for one in list_dimensions(run, family) if one not in counted)]
    asked = params.get("by", "")
    current = asked if asked in dimensions else next(iter(dimensions), "")
    return Asked(current, dimensions, params.getlist("member") if asked == current else [])


def show_segments(
    params: QueryDict, run: Run, found: Satisfaction, family: str, shop: Figures
) -> dict[str, Any]:
    """Return the segments that a URL asks for: a table of the last 12 months, and a chart over time.

    Nothing when the run counted answers by no dimension.
    """
    asked = read_asked(params, run, found, family)
    if not asked.current:
        return {}
    compared = read_courses(run, family, asked.current, list_charted_months(shop), asked.members)
    counted = read_dimensions(found, family).get(asked.current)
    return {
        "by": asked.current,
        "dimension_tabs": [
            {
                "label": name_dimension(one),
                "url": f"?{urlencode({'scale': family, 'by': one})}#segments",
                "current": one == asked.current,
            }
            for one in asked.dimensions
        ],
        "member_head": name_dimension(asked.current),
        "segment_lines": _list_lines(counted or take_latest(compared), compared),
        "standings": [STANDING_NAMES[family][standing] for standing in STANDINGS] if counted else [],
        "members_chart": chart_members(compared, shop, family),
        "most_drawn": MOST_DRAWN,
        "left_out": compared.left_out,
        "segment_downloads": list_downloads("satisfaction_export", "segments", query=f"scale={family}"),
        "course_downloads": list_downloads("satisfaction_export", "courses", query=f"scale={family}"),
    }


def _list_lines(members: Sequence[MemberAnswers], compared: Compared) -> list[SegmentLine]:
    drawn = {course.key: course.drawn for course in compared.courses if any(one.n for one in course.scores)}
    return [SegmentLine(one, drawn.get(one.key)) for one in members]
