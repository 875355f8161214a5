"""What the page of a proposed reading shows: what columns become, how values are understood, questions."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import get_language

from customers.imports import mapping
from customers.imports.kinds import Column
from customers.imports.mapping import AMOUNT_TYPES, ColumnPlan, Plan
from customers.imports.parsers import make_parser
from customers.imports.passes import find_once
from customers.imports.preview import Cell
from customers.imports.reasons import BadValue
from customers.imports.recognise import Question, Reading
from customers.imports.records import Damage, open_text, read_records
from customers.imports.words import count_words, meaning_of
from customers.models import Shop, Upload
from customers.pages.candidates import find_candidates
from customers.pages.made_forms import describe_made
from customers.pages.plans import first_lines, target_of
from customers.pages.reading_form import ReadingForm
from customers.pages.said import drafts
from customers.pages.understood import show_understood

_SAMPLES: Final = 3  # values of a column that are shown
_LOOKED_AT: Final = 20  # records from which they come while nothing is mapped
_LONGEST: Final = 40  # characters of a value that are shown
_WORDS: Final = 12  # accented words that are shown
_READ_FOR_WORDS: Final = 8 << 20  # characters in which they are looked for
_WORD = re.compile(r"[^\W\d_]{3,20}")


def describe_reading(upload: Upload, reading: Reading, sent: QueryDict) -> dict[str, Any]:
    """Return the context of the page: form, columns, fields, questions, preview, what is wrong or missing."""
    shop, plan = Shop.load(), reading.plan
    form = ReadingForm(plan, lines=first_lines(upload, plan))
    asked = {question.column: question for question in reading.questions}
    columns = _describe_columns(upload, reading, shop)
    for column in columns:
        _add_fields(column, form)
        column["asked"] = column["index"] in asked
        if column["target"] and column["target"].type == "status":
            column["words"] = describe_words(upload, plan, column["index"])
    missing = _describe_missing(reading, columns, shop)
    return {
        "form": form,
        "reading": reading,
        "mapped": [column for column in columns if column["target"]],
        "ignored": [column for column in columns if not column["target"]],
        "slots": _describe_slots(reading, columns, {field["name"] for field in missing}),
        "drafts": drafts(plan, sent) if reading.kind else [],
        "drafting": "add" in sent,
        "questions": [_describe_question(question, plan, shop) for question in reading.questions],
        "missing": missing,
        "preview": _describe_preview(reading, shop, set(asked)),
        "words": find_accented_words(upload, plan) if plan.encoding == "cp1252" and not plan.sheet else [],
        "earlier": find_earlier(upload),
        "sheets": find_sheets(upload) if plan.sheet else [],
        "remembered_on": date.fromisoformat(plan.remembered_on) if plan.remembered_on else None,
    }


def find_sheets(upload: Upload) -> list[str]:
    """Return the names of the sheets of a workbook."""
    from customers.imports.workbook import read_sheet_names  # openpyxl takes its time, and few files need it

    found: list[str] = find_once(upload.path, "sheets", lambda: list(read_sheet_names(upload.path)))
    return found


def _add_fields(column: dict[str, Any], form: ReadingForm) -> None:
    """The form's fields of one column: what it becomes, and how its values are meant."""
    index = column["index"]

    def find(*names: str) -> Any:
        return next((form[f"{name}_{index}"] for name in names if f"{name}_{index}" in form.fields), None)

    column["field"], column["label"] = find("target"), find("label")
    column["format"], column["vat"] = find("decimal", "dates"), find("vat")
    column["vat_detail"] = find("vatcolumn", "rate")


def describe_words(upload: Upload, plan: Plan, index: int) -> dict[str, Any]:
    """Return the words of a column of statuses, how often each comes, and what it means."""
    found = count_words(upload.path, plan, index)
    rows = [
        {"word": word, "count": count, "meaning": meaning_of(word, plan.columns[index].words)}
        for word, count in found.counts
    ]
    unknown = sum(not row["meaning"] for row in rows)
    return {"rows": rows, "records": found.records, "whole": found.whole, "unknown": unknown}


def _describe_missing(reading: Reading, columns: list[dict[str, Any]], shop: Shop) -> list[dict[str, Any]]:
    """What the kind needs and no column gives, each with the columns of the file that could be it."""
    kind = reading.kind
    if kind is None:
        return []
    wanted = [kind.columns[name] for name in mapping.missing_columns(kind, reading.plan.targets())]
    return [
        {
            "name": column.name,
            "label": column.label,
            "with_vat": column.name == "tax",
            "candidates": find_candidates(column, columns, shop.currency),
        }
        for column in wanted
    ]


def _describe_slots(
    reading: Reading, columns: list[dict[str, Any]], missing: set[str]
) -> list[dict[str, Any]]:
    """The fields that the kind has, each with the columns that fill it: where a column can be dragged to."""
    kind = reading.kind
    if kind is None:
        return []
    slots = [
        {
            "name": field.name,
            "label": field.label,
            "needed": field.required,
            "missing": field.name in missing,
            "columns": [c for c in columns if c["target"] and c["target"].name == field.name],
        }
        for field in kind.columns.values()
    ]
    return sorted(slots, key=lambda slot: (not slot["missing"], not slot["needed"], not slot["columns"]))


def find_earlier(upload: Upload) -> Upload | None:
    """Return the import of this very file that is still in force, else the one that is about to be."""
    same = Upload.objects.filter(sha256=upload.sha256).exclude(pk=upload.pk)
    done = same.filter(state=Upload.State.DONE).order_by("-finished_at").first()
    return done or same.filter(state__in=Upload.ACTIVE).first()


def _describe_columns(upload: Upload, reading: Reading, shop: Shop) -> list[dict[str, Any]]:
    """Each column's header, target, whether the preset makes it, and values with their meaning."""
    plan, language = reading.plan, get_language() or "en"
    rows = [cells for _line, cells in reading.preview] or _raw_cells(upload, plan)
    described = []
    for index, column in enumerate(plan.columns):
        target = target_of(plan, index)
        cells = _distinct([row[index] for row in rows if index < len(row)])
        described.append(
            {
                "index": index,
                "header": column.header,
                "target": target,
                "virtual": index >= plan.width and column.made is None,
                "made": describe_made(column.made, plan) if column.made else "",
                "values": [
                    {
                        "text": cell.text if len(cell.text) <= _LONGEST else cell.text[: _LONGEST - 1] + "…",
                        "understood": show_understood(cell, target, shop, language),
                        "problem": cell.problem,
                    }
                    for cell in cells
                ],
            }
        )
    return described


def _describe_question(question: Question, plan: Plan, shop: Shop) -> dict[str, Any]:
    """The question with its answers, each with what the value would then be."""
    target = target_of(plan, question.column)
    return {
        "about": question.about,
        "name": f"{question.about}_{question.column}",
        "header": question.header,
        "line": question.line,
        "value": question.value,
        "options": [
            {"value": option, "meaning": _meaning(question, option, target, shop)}
            for option in question.options
        ],
    }


def _meaning(question: Question, option: str, target: Column | None, shop: Shop) -> str:
    """What the value is when the question is answered so; "" when it would be refused."""
    if target is None:
        return ""
    column = ColumnPlan(question.header, target.name).decide(question.about, option)
    parser = make_parser(target, column, shop)
    try:
        cell = Cell(question.value, parser[question.value])
    except BadValue:
        return ""
    return show_understood(cell, target, shop, get_language() or "en")


def _describe_preview(reading: Reading, shop: Shop, asked: set[int]) -> dict[str, Any]:
    """Headers and rows of the records as they were understood, mapped columns only."""
    plan, language = reading.plan, get_language() or "en"
    targets = [(index, target) for index in range(len(plan.columns)) if (target := target_of(plan, index))]
    rows = []
    for line, cells in reading.preview:
        shown = [
            {
                "text": show_understood(cells[index], target, shop, language),
                "problem": cells[index].problem,
                "open": cells[index].text if index in asked else "",
                "number": target.type in AMOUNT_TYPES,
            }
            for index, target in targets
        ]
        rows.append({"line": line, "cells": shown})
    headers = [{"label": target.label, "number": target.type in AMOUNT_TYPES} for _index, target in targets]
    return {"headers": headers, "rows": rows}


def find_accented_words(upload: Upload, plan: Plan) -> list[str]:
    """Return words with accents as they read in the plan's encoding: right or wrong is seen at once."""
    found: list[str] = find_once(upload.path, ("accents", plan.dialect), lambda: _find_accents(upload, plan))
    return found


def _find_accents(upload: Upload, plan: Plan) -> list[str]:
    words: dict[str, None] = {}
    read = 0
    with open_text(upload.path, plan.dialect) as file:
        while len(words) < _WORDS and read < _READ_FOR_WORDS and (line := file.readline(1 << 16)):
            read += len(line) if line.isascii() else 40 * len(line)
            if not line.isascii():
                clean = line.encode("utf-8", "replace").decode()
                words |= {word: None for word in _WORD.findall(clean) if not word.isascii()}
    return list(words)[:_WORDS]


def _raw_cells(upload: Upload, plan: Plan) -> list[list[Cell]]:
    """Values as they stand in the file, for a file of which nothing is known yet."""
    records = islice(read_records(upload.path, plan.dialect), _LOOKED_AT)
    return [[Cell(text, "") for text in cells] for _line, cells in records if not isinstance(cells, Damage)]


def _distinct(cells: Sequence[Cell]) -> list[Cell]:
    """The first few different values that are not blank; a value with a problem comes first."""
    found: dict[str, Cell] = {}
    for cell in cells:
        if cell.text.strip() or cell.problem:
            found.setdefault(cell.text, cell)
    return sorted(found.values(), key=lambda cell: not cell.problem)[:_SAMPLES]
