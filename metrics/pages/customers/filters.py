"""What narrows the ranked list, and the chips that say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django_filters as filters
from django import forms
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, gettext_lazy
from psycopg import sql

from customers.number_fields import LocalDecimalField
from klantwaarde import formats
from metrics.core.segments import SCHEMES
from metrics.models import CustomerValue, OwnSegment, Run
from metrics.own_segments import NO_MEMBER
from metrics.pages.customers.columns import name_member
from metrics.pages.customers.own_segments import keep_members, read_own_segments
from metrics.pages.customers.ranking import LOWEST, find_ranks, rank_field
from metrics.pages.segments.names import list_choices, name_segment
from metrics.segment_labels import SCHEME_LABELS

MOST_MEMBERS = 500

# Jumps from member to member along the index; SELECT DISTINCT would read every customer.
_MEMBERS = """
WITH RECURSIVE member (name) AS (
    (SELECT {column} FROM {table} WHERE run_id = %(run)s ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM {table} WHERE run_id = %(run)s AND {column} > member.name
            ORDER BY {column} LIMIT 1)
    FROM member WHERE member.name IS NOT NULL
)
SELECT name FROM member WHERE name IS NOT NULL LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force. `url` is the same page without it."""

    label: str
    value: str
    url: str


def list_members(run: Run, column: str) -> list[str]:
    """Return the distinct values of an indexed text column of a run, sorted."""
    query = sql.SQL(_MEMBERS).format(
        column=sql.Identifier(column), table=sql.Identifier(CustomerValue._meta.db_table)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"run": run.pk, "most": MOST_MEMBERS})
        return [name for (name,) in cursor.fetchall()]


DAY = "%Y-%m-%d"  # in an address, for every reader alike: 1/2/2024 is 1 February to one, 2 January to another


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format=DAY)


class AmountFilter(filters.NumberFilter):
    """An amount as the reader writes it: a number field of a browser drops a comma it does not expect."""

    field_class = LocalDecimalField


class CustomerFilter(filters.FilterSet):
    """The filters of the list over one run; amounts are of the method it is ranked by."""

    channel = filters.ChoiceFilter(
        label=gettext_lazy("Channel"), method="filter_member", empty_label=gettext_lazy("All channels")
    )
    country = filters.ChoiceFilter(
        label=gettext_lazy("Country"), method="filter_member", empty_label=gettext_lazy("All countries")
    )
    rfm = filters.ChoiceFilter(
        label=SCHEME_LABELS["rfm"], choices=list_choices("rfm"), empty_label=gettext_lazy("All segments")
    )
    tier = filters.ChoiceFilter(
        label=SCHEME_LABELS["tier"], choices=list_choices("tier"), empty_label=gettext_lazy("All tiers")
    )
    lifecycle = filters.ChoiceFilter(
        label=SCHEME_LABELS["lifecycle"],
        choices=list_choices("lifecycle"),
        empty_label=gettext_lazy("All stages"),
    )
    segment = filters.ChoiceFilter(
        label=SCHEME_LABELS[OwnSegment.SCHEME], method="filter_own", empty_label=gettext_lazy("All customers")
    )
    first_from = filters.DateFilter(
        "first_order",
        "gte",
        label=gettext_lazy("First order from"),
        widget=_day_input(),
        input_formats=[DAY],
    )
    first_to = filters.DateFilter(
        "first_order",
        "lte",
        label=gettext_lazy("First order up to"),
        widget=_day_input(),
        input_formats=[DAY],
    )
    value_min = AmountFilter(
        label=gettext_lazy("Value from"), method="leave", max_digits=19, decimal_places=4
    )
    value_max = AmountFilter(
        label=gettext_lazy("Value up to"), method="leave", max_digits=19, decimal_places=4
    )

    class Meta:
        model = CustomerValue
        fields: list[str] = []

    def __init__(self, data: QueryDict, queryset: QuerySet[CustomerValue], *, run: Run, method: str) -> None:
        super().__init__(data, queryset)
        self.run = run
        self.method = method
        for name in ("channel", "country"):
            members = list_members(run, name)
            self.filters[name].extra["choices"] = [(m or NO_MEMBER, name_member(m)) for m in members]
        self.own_segments = read_own_segments()
        self.filters["segment"].extra["choices"] = [
            (slug, own.name) for slug, own in self.own_segments.items()
        ]

    def filter_member(
        self, queryset: QuerySet[CustomerValue], name: str, value: str
    ) -> QuerySet[CustomerValue]:
        """Keep one channel or country; `NO_MEMBER` keeps those without."""
        return queryset.filter(**{name: "" if value == NO_MEMBER else value})

    def filter_own(self, queryset: QuerySet[CustomerValue], name: str, value: str) -> QuerySet[CustomerValue]:
        """Keep who is in an own segment."""
        return keep_members(queryset, self.run, self.own_segments[value].criteria)

    def leave(self, queryset: QuerySet[CustomerValue], name: str, value: Any) -> QuerySet[CustomerValue]:
        """Both ends of the range of values are applied at once, in `filter_queryset`."""
        return queryset

    @cached_property
    def ranks(self) -> tuple[int, int]:
        """The first rank that the range of values keeps and the one after the last; everyone's if none."""
        lowest, highest = self._given("value_min"), self._given("value_max")
        if lowest is None and highest is not None:
            lowest = LOWEST  # who has no value is not in a range of values
        return find_ranks(self.run, self.method, lowest, highest)

    @property
    def keeps_by_rank(self) -> bool:
        """True when nothing narrows the list but a range of values, if that."""
        return not set(self.in_force) - {"value_min", "value_max"}

    def filter_queryset(self, queryset: QuerySet[CustomerValue]) -> QuerySet[CustomerValue]:
        """Apply the filters; a range of values becomes a range of ranks."""
        queryset = super().filter_queryset(queryset)
        if not {"value_min", "value_max"} & set(self.in_force):
            return queryset
        rank = rank_field(self.method)
        return queryset.filter(**{f"{rank}__gte": self.ranks[0], f"{rank}__lt": self.ranks[1]})

    @property
    def in_force(self) -> list[str]:
        """The names of the filters that were given and understood."""
        return [name for name in self.filters if self._given(name) is not None]

    def make_chips(self, params: QueryDict, currency: str) -> Iterator[Chip]:
        """Yield a chip per filter in force; `params` are those of the page."""
        for name in self.in_force:
            label = str(self.filters[name].label)
            yield Chip(label, self._write(name, currency), make_url(params, without=(name,)))

    def _given(self, name: str) -> Any:
        value = self.form.cleaned_data.get(name) if self.errors is not None else None
        return None if value in ("", None) else value

    def _write(self, name: str, currency: str) -> str:
        value, language = self._given(name), get_language() or "en"
        if name in ("channel", "country"):
            return name_member("" if value == NO_MEMBER else value)
        if name in SCHEMES:
            return name_segment(name, value)
        if name == "segment":
            return self.own_segments[value].name
        if name.startswith("value"):
            return formats.money(value, currency, language)
        return formats.date(value, language)


def make_url(params: QueryDict, *, without: tuple[str, ...] = (), **values: str) -> str:
    """Return the query string of the page with some parameters left out or set, and back on page 1."""
    changed = params.copy()
    for name in (*without, "page"):
        changed.pop(name, None)
    for name, value in values.items():
        changed[name] = value
    for name in [name for name, value in changed.items() if value == ""]:
        del changed[name]
    return "?" + changed.urlencode()


def describe_search(text: str, params: QueryDict) -> Chip:
    """Return the chip of what was searched for."""
    return Chip(gettext("Search"), text, make_url(params, without=("search",)))
