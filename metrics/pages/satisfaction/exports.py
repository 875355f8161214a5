"""The tables of the pages on satisfaction, referrals and programmes as files."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.models import Run, Satisfaction
from metrics.pages.customers.export import describe_objections
from metrics.pages.customers.listing import count_objections
from metrics.pages.figures import read_figures
from metrics.pages.satisfaction.answers import read_boxes, read_dimensions
from metrics.pages.satisfaction.charts import list_charted_months
from metrics.pages.satisfaction.courses import list_dimensions, read_courses
from metrics.pages.satisfaction.names import STANDING_NAMES, STANDINGS
from metrics.pages.satisfaction.programmes import read_programmes
from metrics.pages.satisfaction.referred import read_referrals
from metrics.pages.satisfaction.relation import read_relation
from metrics.pages.satisfaction.view import list_dissatisfied, read_family
from metrics.pages.scope import name_dimension
from metrics.pages.table_export import Column, export_table, read_layout
from metrics.publishing import current_run

Rows = Iterator[list[Any]]
Lister = Callable[[Run, Satisfaction, str], Rows]

_PROGRAMME: Final = (
    Column("programme", _("Programme")), Column("members", _("Members now")),
    Column("joined", _("Ever joined")),
    Column("cost", _("Cost so far")), Column("cost_12", _("Cost in 12 months")),
    Column("unallocated", _("Cost so far that landed on nobody")),
    Column("followed", _("Members followed for a year")),
    *(
        Column(f"{measure}_{key}", label)
        for measure, names in (
            ("retention", (_("Bought again: compared members"), _("of members"), _("of others alike"),
                           _("difference"), _("lower end"), _("upper end"))),
            ("contribution", (_("Contribution: compared members"), _("of members"), _("of others alike"),
                              _("difference"), _("lower end"), _("upper end"))),
        )
        for key, label in zip(("n", "members", "others", "difference", "low", "high"), names, strict=True)
    ),
)  # fmt: skip


@require_safe
@require(VIEW)
def export_satisfaction(request: HttpRequest, table: str) -> HttpResponse:
    """Write a table of the published run; ``?layout=excel`` or ``csv``, ``?scale=nps``. Without one: 404."""
    run = current_run()
    found = Satisfaction.objects.filter(run=run).first() if run else None
    layout = read_layout(request.GET)
    if run is None or found is None or table not in TABLES:
        raise Http404
    family = read_family(request.GET, found)
    columns, list_rows = TABLES[table]
    if table in OF_ANSWERS and not family:
        raise Http404
    parts = (table, *([family] if table in OF_ANSWERS else []), f"{run.as_of:%Y-%m-%d}")
    closing = describe_objections(count_objections(run)) if table in OF_CUSTOMERS else ""
    rows = list_rows(run, found, family)
    return export_table("-".join(parts), _head(columns, family), rows, layout, closing=closing)


def _head(columns: tuple[Column, ...], family: str) -> list[Column]:
    """Return the columns; those that are a standing by its name on the scales of the family."""
    names = STANDING_NAMES.get(family, {})
    return [Column(column.key, names.get(column.key, column.label)) for column in columns]


def _list_boxes(run: Run, found: Satisfaction, family: str) -> Rows:
    boxes = read_boxes(found, family)
    for row in (*boxes.rows, boxes.silent):
        cells = [part for box in (row.valuable, row.other) for part in (box.customers, box.share, box.value)]
        yield [row.name if row.standing else gettext("no answer"), *cells]


def _list_segments(run: Run, found: Satisfaction, family: str) -> Rows:
    for dimension, members in read_dimensions(found, family).items():
        for member in members:
            yield [
                name_dimension(dimension), member.name, member.customers, member.n, member.response,
                member.score, *member.parts,
            ]  # fmt: skip


def _list_courses(run: Run, found: Satisfaction, family: str) -> Rows:
    """The whole shop first, then every member of every dimension; a month is the last of 12."""
    months = list_charted_months(read_figures(run, ("revenue", family)))
    for dimension in ("", *list_dimensions(run, family)):
        for course in read_courses(run, family, dimension, months, ()).courses:
            names = [name_dimension(dimension), course.name] if dimension else [gettext("Whole shop"), ""]
            for month, score in zip(months, course.scores, strict=True):
                yield [*names, month, score.value if score.n else None, score.n]


def _list_later(run: Run, found: Satisfaction, family: str) -> Rows:
    relation = read_relation(found.relation.get(family), family)
    for line in relation.lines if relation else ():
        spans = [end for span in (line.bought, line.purchases) for end in (span.value, span.low, span.high)]
        yield [line.name, line.n, *spans]


def _list_dissatisfied(run: Run, found: Satisfaction, family: str) -> Rows:
    for row in list_dissatisfied(run, family):
        yield [
            row.customer.external_id, row.customer.name, row.value, row.get_scale_display(), row.score,
            row.answered_on,
        ]  # fmt: skip


def _list_referrers(run: Run, found: Satisfaction, family: str) -> Rows:
    referrals = read_referrals(found, run)
    for row in referrals.top if referrals else ():
        yield [row.customer.external_id, row.customer.name, row.brought, row.realised]


def _list_programmes(run: Run, found: Satisfaction, family: str) -> Rows:
    for one in read_programmes(run):
        row: list[Any] = [
            one.name, one.members, one.joined, one.cost, one.cost_12, one.unallocated, one.followed
        ]  # fmt: skip
        for compared in (one.retention, one.contribution):
            if compared is None:
                row += [None] * 6
                continue
            span = compared.difference
            row += [
                compared.members, compared.of_members, compared.of_others, span.value, span.low, span.high
            ]  # fmt: skip
        yield row


#: The tables that are about answers on one family of scales.
OF_ANSWERS: Final = ("boxes", "segments", "courses", "relation", "dissatisfied")
#: The tables that customers who objected to profiling are not in.
OF_CUSTOMERS: Final = ("boxes", "segments", "dissatisfied", "referrals")
_CUSTOMER: Final = (Column("customer_id", _("Customer number")), Column("name", _("Name")))
TABLES: Final[Mapping[str, tuple[tuple[Column, ...], Lister]]] = {
    "boxes": (
        (
            Column("answer", pgettext_lazy("survey", "Answer")),
            Column("high_customers", _("High value: customers")),
            Column("high_share", _("High value: share")),
            Column("high_value", _("High value: value")),
            Column("low_customers", _("Low value: customers")), Column("low_share", _("Low value: share")),
            Column("low_value", _("Low value: value")),
        ),
        _list_boxes,
    ),
    "segments": (
        (
            Column("dimension", _("Divided by")), Column("member", _("Segment")),
            Column("customers", _("Customers")), Column("n", _("Answered")),
            Column("response", _("Response")), Column("score", _("Score")),
            *(Column(standing, "") for standing in STANDINGS),  # its name is that of the family
        ),
        _list_segments,
    ),
    "courses": (
        (
            Column("dimension", _("Divided by")), Column("member", _("Segment")),
            Column("month", _("12 months to")), Column("score", _("Score")), Column("n", _("Answered")),
        ),
        _list_courses,
    ),
    "relation": (
        (
            Column("answer", pgettext_lazy("survey", "Answer")), Column("n", "n"),
            Column("bought", _("Bought again")), Column("bought_low", _("Bought again, lower end")),
            Column("bought_high", _("Bought again, upper end")), Column("purchases", _("Purchases each")),
            Column("purchases_low", _("Purchases each, lower end")),
            Column("purchases_high", _("Purchases each, upper end")),
        ),
        _list_later,
    ),
    "dissatisfied": (
        (
            *_CUSTOMER, Column("value", _("Value")), Column("scale", _("Scale")),
            Column("score", _("Score")), Column("answered_on", _("Answered on")),
        ),
        _list_dissatisfied,
    ),
    "referrals": (
        (*_CUSTOMER, Column("brought", _("Brought in")), Column("realised", _("Realised value of these"))),
        _list_referrers,
    ),
    "programmes": (_PROGRAMME, _list_programmes),
}  # fmt: skip
