"""What the command prints as JSON: reports of imports and of undoing, and how a file is understood."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Final

from customers.imports import report
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.preview import Cell
from customers.imports.reasons import UnusableFile, describe
from customers.imports.recognise import Question, Reading
from customers.imports.records import Dialect, open_text
from customers.imports.undo import UndoReport
from customers.models import Upload

_SAMPLES: Final = 3  # different values of a column
_LONGEST: Final = 500  # characters of a line above the header

#: Which option of the command answers a question, by what it is about.
OPTIONS: Final = {"decimal": "--decimal", "dates": "--dates"}


def report_upload(upload: Upload) -> dict[str, Any]:
    """Return what became of an import."""
    plan = upload.plan
    return {
        "file": upload.file_name,
        "state": upload.state,
        "error": upload.error,
        "kind": upload.kind,
        "preset": upload.preset,
        "encoding": plan.get("encoding", ""),
        "delimiter": plan.get("delimiter", ""),
        **{name: upload.counts.get(name, 0) for name in ("header", *report.COUNTS)},
        "rejects": [
            {
                "line": reject.line,
                "column": reject.column,
                "value": reject.value,
                "reason": describe(reject.reason_code, reject.reason_data, reject.value),
            }
            for reject in upload.rejects.all()
        ],
        "facts": upload.facts,
        "findings": [report.describe_finding(found) for found in upload.findings],
        "control_totals": upload.control_totals,
    }


def report_line(upload: Upload) -> dict[str, Any]:
    """Return one import of the list of them."""
    return {
        "uuid": str(upload.uuid),
        "batch": str(upload.batch) if upload.batch else None,
        "file": upload.file_name,
        "bytes": upload.size,
        "sha256": upload.sha256,
        "state": upload.state,
        "kind": upload.kind,
        "preset": upload.preset,
        "by": upload.user.get_username() if upload.user else "",
        "received": upload.created_at.isoformat(),
        "finished": upload.finished_at.isoformat() if upload.finished_at else None,
        "counts": upload.counts,
    }


def report_undo(upload: Upload, found: UndoReport) -> dict[str, Any]:
    """Return what undoing did to each table."""
    return {
        "uuid": str(upload.uuid),
        "file": upload.file_name,
        "state": upload.state,
        "tables": {name: asdict(table) for name, table in found.tables.items()},
    }


def report_reading(path: Path, reading: Reading) -> dict[str, Any]:
    """Return how a file is understood; ``ready`` when it would be imported like this."""
    plan = reading.plan
    return {
        "file": path.name,
        "ready": not reading.obstacles,
        "kind": plan.kind,
        "preset": plan.preset,
        "encoding": plan.encoding,
        "delimiter": plan.delimiter,
        "quote": plan.quote,
        "escape": plan.escape,
        "header_row": plan.header_line,
        "preamble": _read_preamble(path, plan.dialect),
        "sheet": plan.sheet,
        "other_sheets": reading.other_sheets,
        "columns": [_report_column(reading, index) for index in range(len(plan.columns))],
        "questions": [_report_question(question) for question in reading.questions],
        "problems": [_report_problem(problem) for problem in reading.problems],
        "suggestions": [f"{option} {value}" for option, values in _list_options(reading) for value in values],
    }


def report_unusable(path: Path, problem: UnusableFile) -> dict[str, Any]:
    """Return why a file cannot be read at all."""
    return {"file": path.name, "ready": False, "problems": [_report_problem(problem)]}


def _read_preamble(path: Path, dialect: Dialect) -> list[str]:
    """The lines above the header, as they stand in the file; a workbook has none."""
    if dialect.sheet or dialect.header_line < 2:
        return []
    with open_text(path, dialect) as file:
        lines = (file.readline(_LONGEST) for _line in range(dialect.header_line - 1))
        return [line.rstrip("\r\n") for line in islice(lines, dialect.header_line - 1)]


def _report_column(reading: Reading, index: int) -> dict[str, Any]:
    column = reading.plan.columns[index]
    target = reading.kind.columns.get(column.target) if reading.kind else None
    return {
        "header": column.header,
        "field": column.target,
        "type": target.type if target else "",
        "decimal": column.decimal,
        "dates": column.dates,
        "from": _name_origin(reading.plan, column, index),
        "samples": [
            {"raw": cell.text, "understood": cell.understood, "problem": cell.problem}
            for cell in _find_samples(reading, index)
        ],
    }


def _name_origin(plan: Plan, column: ColumnPlan, index: int) -> str:
    """``file``, ``preset`` for a column that the preset adds, ``made`` for one that the user made."""
    if column.made:
        return "made"
    return "file" if index < plan.width else "preset"


def _find_samples(reading: Reading, index: int) -> list[Cell]:
    cells = {cells[index].text: cells[index] for _line, cells in reading.preview if index < len(cells)}
    return list(cells.values())[:_SAMPLES]


def _report_question(question: Question) -> dict[str, Any]:
    return {
        "about": question.about,
        "column": question.header,
        "line": question.line,
        "value": question.value,
        "options": list(question.options),
        "sentence": str(question),
    }


def _report_problem(problem: UnusableFile) -> dict[str, Any]:
    return {"code": problem.code, "sentence": str(problem)}


def _list_options(reading: Reading) -> list[tuple[str, tuple[str, ...]]]:
    asked = {OPTIONS[question.about]: question.options for question in reading.questions}
    found = list(asked.items())
    kinds = next((p.data["kinds"] for p in reading.problems if p.code == "unknown_kind"), ())
    return [*found, ("--as", tuple(kinds))] if kinds else found
