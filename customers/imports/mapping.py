"""Which column of the file becomes which column of the kind: proposed, shown, changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from customers.imports.detect import normalise
from customers.imports.kinds import ATTRIBUTE, KINDS, Kind
from customers.imports.presets import get_preset
from customers.imports.presets.preset import Preset
from customers.imports.reasons import UnusableFile
from customers.imports.records import Dialect
from customers.imports.transforms import FIXED, JOIN, Made, Vat
from customers.segments import is_label

#: Header of the column that our own file of rejects adds: ignored, and cells are freed of their guard.
REJECT_MARKER: Final = "Klantwaarde: reason"

AMOUNT_TYPES: Final = frozenset({"amount", "cost", "quantity", "figure"})
DATE_TYPES: Final = frozenset({"date", "moment"})


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of the file. ``target`` is a column of the kind, or "" when it is ignored (never stored).

    ``decimal`` is "," or "." for amounts ("" while no value needs one); ``dates`` is dmy, mdy, ymd or yymd
    for days. ``made``: how a column comes about that the file does not have; ``vat``: what an amount holds of
    it; ``words``: what the file's own words for a status mean.
    """

    header: str
    target: str = ""
    decimal: str = ""
    dates: str = ""
    made: Made | None = None
    vat: Vat | None = None
    words: dict[str, str] = field(default_factory=dict)

    def decide(self, about: str, answer: str) -> "ColumnPlan":
        """Return the column with its ``decimal`` mark or order of ``dates`` decided."""
        return replace(self, decimal=answer) if about == "decimal" else replace(self, dates=answer)

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads, without what was not said."""
        said = asdict(self)
        return {name: value for name, value in said.items() if value or name in {"header", "target"}}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "ColumnPlan":
        """Read what :meth:`to_json` wrote."""
        made, vat = values.get("made"), values.get("vat")
        said = {"made": Made.from_json(made) if made else None, "vat": Vat(**vat) if vat else None}
        return cls(**{**values, **said})


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file is read, as it is kept in ``Upload.plan``.

    ``columns``: those of the file, then those that the preset adds, then those that were made.
    """

    encoding: str
    delimiter: str
    quote: str
    header_line: int
    kind: str
    preset: str
    columns: list[ColumnPlan] = field(default_factory=list)
    escape: str = ""
    body_line: int = 0
    sheet: str = ""
    #: fingerprint of the header that was found before anything was said (see ``memory``)
    found: str = ""
    #: day on which a file like this one was imported, whose plan this was; blank when there is none
    remembered_on: str = ""

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return Dialect(
            self.encoding,
            self.delimiter,
            self.quote,
            self.header_line,
            self.escape,
            self.body_line,
            self.sheet,
        )

    @property
    def is_typed(self) -> bool:
        """Whether cells come with a type, as a workbook's do, so that a number is no text to be read."""
        return bool(self.sheet)

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        return {**asdict(self), "columns": [column.to_json() for column in self.columns]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Plan":
        """Read what :meth:`to_json` wrote."""
        return cls(**{**values, "columns": [ColumnPlan.from_json(column) for column in values["columns"]]})

    @property
    def made_from(self) -> int:
        """The number of columns that are not made: the file's and the preset's."""
        return sum(column.made is None for column in self.columns)

    @property
    def width(self) -> int:
        """The number of columns of the file itself."""
        return self.made_from - len(get_preset(self.preset).virtual)

    @property
    def header(self) -> list[str]:
        """The names of the file's own columns."""
        return [column.header for column in self.columns[: self.width]]

    def place(self, target: str) -> int | None:
        """Return the index of the column that is read as ``target``."""
        return next((i for i, column in enumerate(self.columns) if column.target == target), None)

    def targets(self) -> set[str]:
        """Return the columns of the kind that the file fills."""
        return {column.target for column in self.columns if column.target}


def propose_kind(header: Sequence[str]) -> Kind | None:
    """Return the kind that the names of the columns speak for; None on a tie.

    That is the one that knows most of them; one with all it needs may know one less than one without (an
    order with a description is no order line), and of two the one that needs more counts. Orders with all
    that lines need are lines that make orders; what says no more of lines than of orders is orders.
    """
    ranked = sorted(((_weigh(kind, header), name) for name, kind in KINDS.items()), reverse=True)
    (best, name), (second, other) = ranked[0], ranked[1]
    if best == second and {name, other} == {"orders", "order_lines"} and best > ranked[2][0]:
        return KINDS["orders"]
    if name == "orders" and is_complete(KINDS["order_lines"], header):
        return KINDS["order_lines"]
    if name == "retention_costs" and not _says_what_for(header):
        return None
    return KINDS[name] if best > second and best > (0, 0) else None


def _says_what_for(header: Sequence[str]) -> bool:
    """Tell whether costs say what they were for: a day and an amount alone may be any money spent."""
    targets = {column.target for column in map_by_name(KINDS["retention_costs"], header)}
    return bool(targets & {"customer", "programme", "segment", "scope", "description"})


def _weigh(kind: Kind, header: Sequence[str]) -> tuple[int, int]:
    known, complete = _score(kind, header)
    if not known:
        return (0, 0)
    return (2 * known + 3, len(kind.required) + len(kind.one_of)) if complete else (2 * known, 0)


def count_matches(kind: Kind, header: Sequence[str]) -> int:
    """Return how many columns of the file the kind knows."""
    return _score(kind, header)[0]


def is_complete(kind: Kind, header: Sequence[str]) -> bool:
    """Tell whether every column that the kind needs is there."""
    return _score(kind, header)[1]


def _score(kind: Kind, header: Sequence[str]) -> tuple[int, bool]:
    targets = {column.target for column in map_by_name(kind, header) if column.target}
    return len(targets), not missing_columns(kind, targets)


def missing_columns(kind: Kind, targets: set[str]) -> list[str]:
    """Return the names of columns that the kind needs and nothing fills."""
    missing = [column.name for column in kind.required if column.name not in targets]
    missing += [group[0] for group in kind.one_of if not targets.intersection(group)]
    if kind.name in {"orders", "order_lines"}:
        if "gross_revenue" in targets and not targets & {"net_revenue", "tax"}:
            missing.append("tax")
        if targets & kind.part("order") and "moment" not in targets:
            missing.append("moment")
    return missing


def map_by_name(kind: Kind, header: Sequence[str]) -> list[ColumnPlan]:
    """Map columns by their Dutch or English names; a column's most telling name wins."""
    names = [normalise(name) for name in header]
    chosen: dict[int, str] = {}
    for column in kind.columns.values():
        places = (names.index(name) for name in column.names if name in names)
        free = next((place for place in places if place not in chosen), None)
        if free is not None:
            chosen[free] = column.name
    if "moment" not in chosen.values():  # lines of orders that are known: what they say of these is not read
        chosen = {place: name for place, name in chosen.items() if name not in kind.part("order")}
    return [ColumnPlan(name, chosen.get(index, "")) for index, name in enumerate(header)]


def map_by_preset(preset: Preset, header: Sequence[str]) -> list[ColumnPlan]:
    """Map columns as the preset declares them; those it adds, joins and fills in come at the end."""
    names = [*header, *preset.virtual]
    targets = preset.map(header)
    columns = [ColumnPlan(name, targets.get(name, "")) for name in names]
    for target, parts in preset.joined.items():
        made = Made(JOIN, tuple(names.index(part) for part in parts), " ")
        columns.append(ColumnPlan(" + ".join(parts), target, made=made))
    for target, text in preset.fixed.items():
        columns.append(ColumnPlan(text, target, made=Made(FIXED, text=text)))
    return columns


def needed_formats(plan: Plan) -> list[str]:
    """Return what must be known to read each column: "decimal", "dates" or nothing.

    A column that only says how much VAT another one holds is read as well.
    """
    kind = KINDS.get(plan.kind)
    say_vat = {column.vat.column for column in plan.columns if column.vat}
    found = []
    for index, column in enumerate(plan.columns):
        target = kind.columns.get(column.target) if kind else None
        type = target.type if target else ""
        is_amount = type in AMOUNT_TYPES or index in say_vat
        found.append("dates" if type in DATE_TYPES else "decimal" if is_amount else "")
    return found


def shift_made(plan: Plan, by: int) -> list[ColumnPlan]:
    """Return what follows the file's own columns, for a file that has ``by`` columns more at its end."""
    shifted = []
    for column in plan.columns[plan.width :]:
        made = column.made
        if made:
            places = tuple(i + by if i >= plan.width else i for i in made.columns)
            column = replace(column, made=replace(made, columns=places))
        shifted.append(column)
    return shifted


def check(plan: Plan) -> None:
    """Raise UnusableFile when the plan cannot be followed: a needed column missing, or one filled twice."""
    kind = KINDS.get(plan.kind)
    headers = ", ".join(column.header for column in plan.columns)
    if kind is None:
        raise UnusableFile("unknown_kind", columns=headers, kinds=list(KINDS))
    get_preset(plan.preset)
    seen: dict[str, str] = {}
    for column in plan.columns:
        if column.target and column.target not in kind.columns:
            raise UnusableFile("unknown_kind", columns=headers, kinds=list(KINDS))
        if column.target.startswith(ATTRIBUTE) and not is_label(column.target.removeprefix(ATTRIBUTE)):
            label = column.target.removeprefix(ATTRIBUTE)
            raise UnusableFile("attribute_label", column=column.header, label=label)
        if column.target in seen and column.target:
            raise UnusableFile(
                "column_twice",
                first=seen[column.target],
                second=column.header,
                kind=kind.name,
                target=column.target,
            )
        seen[column.target] = column.header
        if column.vat and not column.vat.is_complete:
            raise UnusableFile("vat_unsaid", column=column.header)
    for name in missing_columns(kind, plan.targets()):
        raise UnusableFile("missing_column", target=name, kind=kind.name, columns=headers)
