"""The segments of a scheme as a run left them, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.http import urlencode

from metrics.core.arithmetic import divide
from metrics.core.segments import NO_ORDER, SCHEMES
from metrics.models import KpiValue, OwnSegment, Run, SegmentMonth, SegmentSum
from metrics.pages.figures import Figure
from metrics.pages.periods import Period
from metrics.pages.segments.names import name_segment

#: KPIs of the chosen period, and those that a segment has on the day of the run.
PERIOD_KPIS: Final = ("revenue", "contribution", "aov", "frequency", "retention_rate")
#: Those that fit beside each other on a screen; a file and the page of a segment have them all.
SHOWN_KPIS: Final = ("revenue", "contribution", "aov", "retention_rate")
SNAPSHOT_KPIS: Final = ("realised_mean",)
#: Its segments together are all customers.
COMPLETE_SCHEME: Final = "lifecycle"
FEW: Final = 30
NO_FIGURE: Final = Figure(None, None, 0, False)


@dataclass(frozen=True, slots=True)
class Row:
    """A segment: who is in it on the day of the run, and what KPIs say of them.

    `share` is of all customers, `value_share` of the sum of realised value; None where there is no such sum.
    So, too, for own segments, which may overlap: their shares may come to more than everybody, or to less.
    `apart`: who is in none of the scheme's own segments (without an order, value not known). `rank` is of a
    ranked table, None for who has none there.
    """

    key: str
    name: str
    url: str
    list_url: str
    customers: int
    share: Decimal | None
    realised: Decimal | None
    value_share: Decimal | None
    figures: Mapping[str, Figure]
    sizes: Sequence[int]
    apart: bool = False
    rank: int | None = None

    @property
    def few(self) -> bool:
        """True for so few customers that their averages say little."""
        return 0 < self.customers < FEW

    @property
    def mean(self) -> Decimal | None:
        """Mean realised value over customers with a valid order."""
        return self.figures.get("realised_mean", NO_FIGURE).value

    @property
    def shown_figures(self) -> list[tuple[str, Figure]]:
        """The KPIs of the period that stand in the table."""
        return [(kpi, figure) for kpi, figure in self.period_figures if kpi in SHOWN_KPIS]

    @property
    def period_figures(self) -> list[tuple[str, Figure]]:
        """All KPIs of the period, in order."""
        return [(kpi, self.figures.get(kpi, NO_FIGURE)) for kpi in PERIOD_KPIS]


@dataclass(frozen=True, slots=True)
class Total:
    """All segments of a scheme together."""

    customers: int
    realised: Decimal | None


def list_rows(run: Run, scheme: str, period: Period | None) -> list[Row]:
    """Return the segments of a scheme; those of nobody stand there, too, but for who is known to be apart."""
    sums = {row.segment: row for row in SegmentSum.objects.filter(run=run, scheme=scheme)}
    figures = _read_figures(run, scheme, period)
    names = _name_segments(scheme, sums)
    sizes = read_sizes(run, scheme) if scheme in SCHEMES else {}
    total = sum_rows(_list_everybody(run) if scheme == OwnSegment.SCHEME else sums.values())
    return [
        Row(
            key=key,
            name=name,
            url=reverse("segment", args=[scheme, key]),
            list_url=make_list_url(criteria),
            customers=sums[key].customers if key in sums else size,
            share=divide(sums[key].customers, total.customers) if key in sums else None,
            realised=sums[key].realised if key in sums else None,
            value_share=_share(sums[key].realised, total.realised) if key in sums else None,
            figures={**_find_mean(sums.get(key)), **figures.get(key, {})},
            sizes=[size for _month, size in sizes.get(key, [])],
            apart=scheme in SCHEMES and key not in SCHEMES[scheme].segments,
        )
        for key, name, criteria, size in names
    ]


def sum_rows(rows: Iterable[Any]) -> Total:
    """Return customers and realised value of segments together. Own segments may overlap."""
    found = list(rows)
    known = [row.realised for row in found if row.realised is not None]
    return Total(sum(row.customers for row in found), sum(known, Decimal(0)) if known else None)


def _list_everybody(run: Run) -> Iterable[SegmentSum]:
    """Return the segments of a scheme that every customer is in once."""
    return SegmentSum.objects.filter(run=run, scheme=COMPLETE_SCHEME)


def read_sizes(run: Run, scheme: str) -> dict[str, list[tuple[date, int]]]:
    """Return the size of every segment at the end of every month, oldest first; 0 where nobody was in it."""
    rows = SegmentMonth.objects.filter(run=run, scheme=scheme).values_list("segment", "month", "customers")
    known = {(segment, month): customers for segment, month, customers in rows}
    months = sorted({month for _segment, month in known})
    segments = {segment for segment, _month in known}
    return {segment: [(month, known.get((segment, month), 0)) for month in months] for segment in segments}


def read_own_sizes(slug: str) -> list[tuple[date, int]]:
    """Return the size of an own segment by the day of each run, oldest first; of one day the last run's."""
    rows = SegmentSum.objects.filter(scheme=OwnSegment.SCHEME, segment=slug, run__state=Run.State.PUBLISHED)
    found = rows.order_by("run_id").values_list("run__as_of", "customers")
    return sorted({day: customers for day, customers in found if day}.items())


def make_list_url(criteria: Mapping[str, str]) -> str:
    """Return the ranked list of the customers behind a segment."""
    return f"{reverse('customers')}?{urlencode(criteria)}"


def _name_segments(scheme: str, sums: Mapping[str, Any]) -> list[tuple[str, str, dict[str, str], int]]:
    """Return key, name, criteria of the list, and the size of one that no run has counted yet.

    Of the segments for who is apart only those that somebody is in.
    """
    if scheme == OwnSegment.SCHEME:
        return [
            (own.slug, own.name, {OwnSegment.SCHEME: own.slug}, own.size or 0)
            for own in OwnSegment.objects.all()
        ]
    shown = [key for key in SCHEMES[scheme].shown if key in SCHEMES[scheme].segments or key in sums]
    return [(key, name_segment(scheme, key), {scheme: key}, 0) for key in shown]


def _read_figures(run: Run, scheme: str, period: Period | None) -> dict[str, dict[str, Figure]]:
    rows = KpiValue.objects.filter(run=run, dimension=scheme)
    wanted = rows.filter(kpi__in=SNAPSHOT_KPIS, window=KpiValue.Window.SNAPSHOT)
    if period is not None:
        wanted |= rows.filter(kpi__in=PERIOD_KPIS, window=period.window, period=period.month)
    found: dict[str, dict[str, Figure]] = {}
    fields = ("member", "kpi", "numerator", "denominator", "n", "complete")
    for member, kpi, *values in wanted.values_list(*fields):
        found.setdefault(member, {})[kpi] = Figure(*values)
    return found


def _find_mean(found: SegmentSum | None) -> dict[str, Figure]:
    """Return the mean realised value of a segment, as its sums have it."""
    if found is None or found.segment == NO_ORDER or not found.realised_known:
        return {}
    known = Decimal(found.realised_known)
    return {"realised_mean": Figure(found.realised, known, found.realised_known, True)}


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return divide(part, whole) if part is not None and whole is not None and whole > 0 else None
