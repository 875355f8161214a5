"""Read a file far enough to say what it is: the reading that the user confirms, or the sentence why not."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from customers.imports import formats, mapping, memory, passes
from customers.imports.detect import Fixed, detect, normalise, read_header
from customers.imports.kinds import KINDS, Kind, known_headers
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.presets import PRESETS, get_preset, recognise_preset
from customers.imports.presets.preset import Preset
from customers.imports.preview import Cell, preview_rows, read_with_made
from customers.imports.reasons import UnusableFile
from customers.imports.records import Dialect, read_records


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user said about the file; blank is "find out".

    ``quote`` and ``escape`` may be "none"; ``header`` is the line of the names of the columns, "0" where no
    line has them; ``sheet`` is the name of one of a workbook. ``afresh``: however
    such a file was read before.
    """

    kind: str = ""
    preset: str = ""
    decimal: str = ""
    dates: str = ""
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    escape: str = ""
    header: str = ""
    sheet: str = ""
    afresh: bool = False

    @property
    def fixed(self) -> Fixed:
        """What was said about how the file is written."""
        return Fixed(self.encoding, self.delimiter, self.quote, self.escape, self.header, self.sheet)


#: What may be answered where values contradict each other, besides what the last of them says.
_MAY_LIE_AHEAD: Final = "last_day"  # of a membership, a target: years from now
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {"decimal": (",", "."), "dates": ("dmy", "mdy")}


@dataclass(frozen=True, slots=True)
class Question:
    """Something that no value of the file settles. ``options`` are values for the column's ``about``."""

    about: str  # "decimal" or "dates"
    column: int
    header: str
    line: int
    value: str
    options: tuple[str, ...]
    #: values above it prove another answer than this one does
    contradicts: bool = False

    @property
    def code(self) -> str:
        """Key in reasons.FILE_REASONS."""
        return f"{'contradicted' if self.contradicts else 'ambiguous'}_{self.about}"

    def to_problem(self) -> UnusableFile:
        """Return why the file cannot be imported while nobody answers."""
        return UnusableFile(self.code, column=self.header, line=self.line, value=self.value)

    def __str__(self) -> str:
        return str(self.to_problem())


@dataclass(frozen=True, slots=True)
class Reading:
    """What was recognised. ``plan`` may be confirmed when there are no ``questions`` and no ``problems``."""

    plan: Plan
    questions: list[Question] = field(default_factory=list)
    problems: list[UnusableFile] = field(default_factory=list)
    #: line → cells in the order of ``plan.columns``
    preview: list[tuple[int, list[Cell]]] = field(default_factory=list)
    #: of a workbook: the sheets that are not read
    other_sheets: list[str] = field(default_factory=list)

    @property
    def kind(self) -> Kind | None:
        """The kind, None while it is not known."""
        return KINDS.get(self.plan.kind)

    @property
    def obstacles(self) -> list[UnusableFile]:
        """What stands in the way of importing: problems, and questions that nobody answered."""
        return [*self.problems, *(question.to_problem() for question in self.questions)]

    @property
    def ignored(self) -> list[str]:
        """Columns that are not stored."""
        return [column.header for column in self.plan.columns if not column.target]


def recognise_file(path: Path, choices: Choices = Choices()) -> Reading:
    """Return the reading of a file.

    Raises UnusableFile when it is no table, or ``choices`` name a preset that it is not.
    """
    known = known_headers() | {normalise(name) for preset in PRESETS.values() for name in preset.needs}
    dialect = detect(path, known, choices.fixed)
    header = read_header(path, dialect)
    preset = _choose_preset(header, choices.preset)
    if preset.unusable:
        raise UnusableFile(preset.unusable)
    is_said = choices.preset or choices.kind or choices.afresh
    plan = None if is_said else memory.recall(path, dialect, header, preset.key)
    if plan is None:
        plan = _propose(dialect, header, preset, choices)
    reading = settle(path, replace(plan, found=memory.fingerprint(header)), choices)
    return replace(reading, other_sheets=_find_other_sheets(path, plan))


def settle(path: Path, plan: Plan, choices: Choices = Choices()) -> Reading:
    """Return the reading of a file by a plan, with decimal marks and date orders found in the whole file."""
    if not plan.header_line and not plan.targets():
        return Reading(plan, problems=[_find_no_header(path, plan)])
    problems = []
    try:
        _refuse_duplicates(plan)
        mapping.check(plan)
    except UnusableFile as problem:
        problems.append(problem)
    kind = KINDS.get(plan.kind)
    if kind is None:
        return Reading(plan, problems=problems)
    plan, questions = _settle_formats(path, plan, kind, choices)
    with passes.watched_by(None):  # a few records take no time
        preview = list(preview_rows(path, plan, kind))
    if not preview and next(read_records(path, plan.dialect), None) is None:
        problems.append(UnusableFile("no_rows"))
    return Reading(plan, questions, problems, preview)


def _find_other_sheets(path: Path, plan: Plan) -> list[str]:
    if not plan.sheet:
        return []
    from customers.imports.workbook import read_sheet_names  # openpyxl takes its time, and few files need it

    return [name for name in read_sheet_names(path) if name != plan.sheet]


def _find_no_header(path: Path, plan: Plan) -> UnusableFile:
    """Return why nobody knows yet what the columns are."""
    records = (cells for _line, cells in read_records(path, plan.dialect) if isinstance(cells, list))
    first = next(filter(None, records), [])
    return UnusableFile("no_header", found=plan.delimiter.join(first)[:80])


def _choose_preset(header: Sequence[str], chosen: str) -> Preset:
    if not chosen:
        return recognise_preset(header)
    preset = get_preset(chosen)
    lacking = preset.find_lacking(header)
    if lacking:
        raise UnusableFile("not_this_preset", preset=chosen, column=lacking[0], columns=", ".join(header))
    return preset


def _propose(dialect: Dialect, header: list[str], preset: Preset, choices: Choices) -> Plan:
    plan = Plan(kind=preset.kind, preset=preset.key, **asdict(dialect))
    if preset.kind:
        columns = mapping.map_by_preset(preset, header)
        found = KINDS[preset.kind]
        if choices.kind and not _is_said_of(choices.kind, found, {column.target for column in columns}):
            raise UnusableFile(
                "wrong_kind", given=_get_kind(choices.kind, header).name, found_kind=found.name
            )
        return replace(plan, columns=columns)
    kind = _choose_kind(header, choices.kind)
    if kind is None:
        return replace(plan, columns=[ColumnPlan(name) for name in header])
    return replace(plan, kind=kind.name, columns=mapping.map_by_name(kind, header))


def _choose_kind(header: Sequence[str], chosen: str) -> Kind | None:
    likely = mapping.propose_kind(header)
    if not chosen:
        return likely
    kind = _get_kind(chosen, header)
    if likely and _is_said_of(
        chosen, likely, {column.target for column in mapping.map_by_name(likely, header)}
    ):
        return likely
    if likely and likely is not kind and mapping.is_complete(likely, header):
        lead = mapping.count_matches(likely, header) - mapping.count_matches(kind, header)
        if lead >= 2 or not mapping.is_complete(kind, header):
            raise UnusableFile("wrong_kind", given=kind.name, found_kind=likely.name)
    return kind


def _get_kind(name: str, header: Sequence[str]) -> Kind:
    if name not in KINDS:
        raise UnusableFile("unknown_kind", columns=", ".join(header), kinds=list(KINDS))
    return KINDS[name]


def _is_said_of(said: str, found: Kind, targets: set[str]) -> bool:
    """Tell whether a file of the kind ``found`` may be called ``said``: lines that make orders are orders."""
    return said == found.name or (said == "orders" and found.name == "order_lines" and "moment" in targets)


def _refuse_duplicates(plan: Plan) -> None:
    names = plan.header
    for column in plan.columns[: plan.width]:
        if column.target and names.count(column.header) > 1:
            raise UnusableFile("duplicate_header", line=plan.header_line, column=column.header)


def _settle_formats(path: Path, plan: Plan, kind: Kind, choices: Choices) -> tuple[Plan, list[Question]]:
    """Fill in decimal marks and date orders: as said, else as the preset declares, else from the file."""
    preset = PRESETS[plan.preset]
    said = {"decimal": choices.decimal or preset.decimal, "dates": choices.dates or preset.dates}
    columns = list(plan.columns)
    undecided: dict[str, list[int]] = {"decimal": [], "dates": []}
    for index, (column, about) in enumerate(zip(columns, mapping.needed_formats(plan), strict=True)):
        if not about:
            continue
        answer = said[about] or getattr(column, about)
        if answer:
            columns[index] = column.decide(about, answer)
        elif index < plan.width or column.made:
            undecided[about].append(index)
    evidence = _find_evidence(path, plan, undecided)
    questions = []
    for about, indexes in undecided.items():
        elsewhere = _said_elsewhere(columns, about, [evidence[index] for index in indexes])
        for index in indexes:
            found, column = evidence[index], columns[index]
            if elsewhere in found.possible and not found.contradicted and not _is_quantity(column, kind):
                found.settle([elsewhere])
            if found.is_question:
                other = _OPTIONS[about] if found.contradicted else ()
                options = tuple(dict.fromkeys((*other, *found.possible)))
                questions.append(
                    Question(about, index, column.header, found.ambiguous_line, found.ambiguous, options,
                             found.contradicted)
                )  # fmt: skip
            else:
                columns[index] = column.decide(about, found.answer)
    return replace(plan, columns=columns), questions


def _find_evidence(path: Path, plan: Plan, undecided: dict[str, list[int]]) -> dict[int, formats.Evidence]:
    """Return what the values of each column say, from an earlier pass over the file where there was one."""
    ahead = {index for index, column in enumerate(plan.columns) if column.target == _MAY_LIE_AHEAD}
    questions = {
        index: ("ways", plan.dialect, about, index, plan.columns[index].made, index in ahead)
        for about, indexes in undecided.items()
        for index in indexes
    }
    unknown = {index for index, question in questions.items() if passes.recall(path, question) is None}
    amounts, dates = ([i for i in indexes if i in unknown] for indexes in undecided.values())
    if unknown:
        records = read_with_made(path, plan)
        found_ways = formats.decide(records, amounts, dates, ahead, typed=plan.is_typed)
        for index, found in found_ways.items():
            passes.keep(path, questions[index], asdict(found))
    return {index: formats.Evidence(**passes.recall(path, question)) for index, question in questions.items()}


def _said_elsewhere(columns: list[ColumnPlan], about: str, evidence: list[formats.Evidence]) -> str:
    """Return what the file's other columns say with one voice: an export writes all its dates one way.

    A column of first days (01-02-2025) cannot tell by itself; the last days beside it can.
    """
    answers = {found.answer for found in evidence if found.answer and not found.contradicted}
    answers |= {getattr(column, about) for column in columns if getattr(column, about)}
    return answers.pop() if len(answers) == 1 else ""


def _is_quantity(column: ColumnPlan, kind: Kind) -> bool:
    target = kind.columns.get(column.target)
    return target is not None and target.type == "quantity"
