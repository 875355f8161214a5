"""The step that numbers customers by what they are told apart by: members of dimensions, then profiles.

The largest members of every dimension are found first, so that from then on whoever is what is a small whole
number. Customers who are the same in everything are one profile. Where that would be too many, because an
admin chose attributes that nearly everybody has another value of, the dimensions are divided over *families*,
each with profiles of its own; a dimension is in one of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np

from metrics.core.histories import Whole
from metrics.dimensions import Dimension, Families, Layer, Profiles, list_dimensions
from metrics.members import MOST_MEMBERS, OTHER
from metrics.models import CalculationSettings, OwnSegment
from metrics.workspace import PREFIX, PostgresWorkspace

#: Sums by profile and month come to Python: a family has at most so many, unless it is of one dimension.
MOST_PROFILES: Final = 50_000
_NUMBERS: Final = {"dimension": "int32", "member": "string", "place": "int64"}


@dataclass(frozen=True)
class Trait:
    """A column of ``traits``: of every customer the place of a member, -1 for none."""

    column: str
    dimension: str
    members: Sequence[str]


def keep_profiles(work: PostgresWorkspace, settings: CalculationSettings) -> Families:
    """Keep who has which profile (``profile_owners``), and return the families: usually one."""
    traits = _keep_traits(work, settings)
    families = list(_divide(work, traits))
    joins = [
        f" JOIN {PREFIX}{_name_table(family)} AS family_{place} USING ({_list_columns(family)})"
        for place, family in enumerate(families)
    ]
    columns = [f"family_{place}.profile AS profile_{place}" for place in range(len(families))]
    work.keep_sql(
        "profile_owners",
        f"SELECT customer_id, {', '.join(columns)} FROM {PREFIX}traits{''.join(joins)}",
    )
    schema = {"customer_id": "int64", **{f"profile_{place}": "int64" for place in range(len(families))}}
    owners = ibis.table(schema, name=f"{PREFIX}profile_owners")
    profiles = [
        _read_family(work, family, owners.select("customer_id", profile=owners[f"profile_{place}"]))
        for place, family in enumerate(families)
    ]
    return Families(owners, profiles)


def _keep_traits(work: PostgresWorkspace, settings: CalculationSettings) -> list[Trait]:
    """Keep ``traits``: customer_id, and a small whole number for everything it is told apart by."""
    everyone = f" FROM {PREFIX}values AS valued{_join_attributes(settings)}"
    source = f"{everyone} LEFT JOIN {PREFIX}segments AS placed ON placed.customer_id = valued.customer_id"
    dimensions = list_dimensions(settings)
    members = [find_members(work, dimension, everyone) for dimension in dimensions]
    own = find_own_segments(work)
    work.load("member_numbers", _NUMBERS, _number([*members, own]))
    columns, joins = [], ""
    for place, (dimension, names) in enumerate(zip(dimensions, members, strict=True)):
        otherwise = names.index(OTHER) if OTHER in names else -1
        columns.append(f"coalesce(is_{place}.place, {otherwise})::smallint AS trait_{place}")
        joins += (
            f" LEFT JOIN {PREFIX}member_numbers AS is_{place} ON is_{place}.dimension = {place}"
            f' AND is_{place}.member = {dimension.column} COLLATE "C"'
        )
    first = len(dimensions)
    for bit in range(len(own)):
        columns.append(f"((coalesce(own.mask, 0) >> {bit} & 1) - 1)::smallint AS trait_{first + bit}")
    if own:
        joins += _join_own_segments(first, own)
    work.keep_sql("traits", f"SELECT valued.customer_id, {', '.join(columns)}{source}{joins}")
    named = [(dimension.name, names) for dimension, names in zip(dimensions, members, strict=True)]
    named += [(OwnSegment.SCHEME, [name]) for name in own]
    return [Trait(f"trait_{place}", *found) for place, found in enumerate(named)]


def _join_attributes(settings: CalculationSettings) -> str:
    if not settings.kpi_attributes:
        return ""
    return " JOIN customers_customer AS known ON known.id = valued.customer_id"


def find_members(work: PostgresWorkspace, dimension: Dimension, source: str) -> list[str]:
    """Return the members of a dimension: the 50 with most buyers, and ``OTHER`` when there are more.

    The alphabet decides between equals.
    """
    if dimension.known:
        return sorted(dimension.known)
    return _choose_largest(
        work,
        f"SELECT {dimension.column} AS member, count(*) FILTER (WHERE valued.orders > 0) AS buyers"
        f"{source} GROUP BY 1",
    )


def find_own_segments(work: PostgresWorkspace) -> list[str]:
    """Return the own segments that anybody is in: the 50 with most buyers, and ``OTHER`` for the rest."""
    return _choose_largest(
        work,
        "SELECT segment AS member, count(*) FILTER (WHERE valued.orders > 0) AS buyers"
        f" FROM {PREFIX}own_segments JOIN {PREFIX}values AS valued USING (customer_id) GROUP BY 1",
    )


def _choose_largest(work: PostgresWorkspace, counted: str) -> list[str]:
    rows = work.read_sql(
        f'SELECT member FROM ({counted}) AS counted ORDER BY buyers DESC, member COLLATE "C"'
        f" LIMIT {MOST_MEMBERS + 1}"
    )
    kept = sorted(row["member"] for row in rows[:MOST_MEMBERS])
    return [*kept, OTHER] if len(rows) > MOST_MEMBERS else kept


def _number(members: Sequence[Sequence[str]]) -> Iterator[tuple[int, str, int]]:
    for dimension, names in enumerate(members):
        for place, name in enumerate(names):
            if name != OTHER:
                yield dimension, name, place


def _join_own_segments(dimension: int, own: Sequence[str]) -> str:
    """Join the segments of a customer as bits. Who is in several of the others is one of them once."""
    otherwise = own.index(OTHER) if OTHER in own else len(own)
    return (
        f" LEFT JOIN (SELECT customer_id, bit_or(1::bigint << coalesce(place, {otherwise})::integer) AS mask"
        f" FROM {PREFIX}own_segments LEFT JOIN {PREFIX}member_numbers ON dimension = {dimension}"
        ' AND member = segment COLLATE "C" GROUP BY customer_id) AS own'
        " ON own.customer_id = valued.customer_id"
    )


def _divide(work: PostgresWorkspace, traits: Sequence[Trait]) -> Iterator[Sequence[Trait]]:
    """Keep the profiles of these traits together, or of both halves apart when that makes too many."""
    name, columns = _name_table(traits), _list_columns(traits)
    work.keep_sql(
        name,
        f"SELECT row_number() OVER () - 1 AS profile, told.*"
        f" FROM (SELECT {columns} FROM {PREFIX}traits GROUP BY {columns}) AS told",
    )
    [row] = work.read_sql(f"SELECT count(*) AS n FROM {PREFIX}{name}")
    if row["n"] <= MOST_PROFILES or len(traits) == 1:
        yield traits
        return
    half = len(traits) // 2
    yield from _divide(work, traits[:half])
    yield from _divide(work, traits[half:])


def _name_table(family: Sequence[Trait]) -> str:
    return f"profiles_{family[0].column}_{family[-1].column}"


def _list_columns(family: Sequence[Trait]) -> str:
    return ", ".join(trait.column for trait in family)


def _read_family(work: PostgresWorkspace, family: Sequence[Trait], owners: ibis.Table) -> Profiles:
    columns = [trait.column for trait in family]
    places = ", ".join(f"{column}::bigint" for column in columns)
    rows = work.read_numbers(f"SELECT {places} FROM {PREFIX}{_name_table(family)} ORDER BY profile", columns)
    layers = [make_layer(trait.dimension, trait.members, rows[trait.column]) for trait in family]
    return Profiles(len(rows[columns[0]]), owners, layers)


def make_layer(dimension: str, members: Sequence[str], place: Whole) -> Layer:
    """Return the layer of the members that any profile has; ``place`` in ``members``, -1 for none."""
    has_any = np.bincount(place[place >= 0], minlength=len(members)) > 0
    number = np.append(np.cumsum(has_any) - 1, -1)  # the last is that of none
    found = [member for member, there in zip(members, has_any, strict=True) if there]
    return Layer(dimension, found, number[place])
