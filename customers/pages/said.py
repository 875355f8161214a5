"""From what was sent about a file to the plan by which it is read, kept at once."""

import re
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.imports import files, looking
from customers.imports.looking import Look
from customers.imports.mapping import Plan
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Choices, Reading
from customers.models import Upload
from customers.pages import plans
from customers.pages.made_forms import FORMS
from customers.pages.reading_form import ReadingForm

_ASSIGN = re.compile(r"(\d+):(\w+)")


def read_as_said(upload: Upload, sent: QueryDict) -> tuple[Reading | None, list[str]]:
    """Return the reading as was said, which is kept, and sentences about what could not be done.

    Raises passes.TooLong when the worker looks through the file for it.
    """
    if not upload.plan:
        return read(upload)
    plan = plans.read_plan(upload)
    try:
        files.require(upload)
        wanted, notes = _find_wanted(upload, plan, sent)
        found = looking.look_at_once(upload, wanted)
    except UnusableFile as problem:
        found_before, notes = read(upload)
        return found_before, [*notes, str(problem)] if found_before else notes
    plans.keep_plan(upload, found.plan)
    return found, notes


def read(upload: Upload) -> tuple[Reading | None, list[str]]:
    """Return the reading as it was kept, or why there is none. Raises passes.TooLong as above."""
    plan = plans.read_plan(upload) if upload.plan else None
    try:
        return looking.look_at_once(upload, Look(plan=plan)), []
    except UnusableFile as problem:
        return None, [str(problem)]


def drafts(plan: Plan, sent: QueryDict) -> list[Any]:
    """Return the forms that make a column. What was typed stays until it is added, or says what is wrong."""
    found = []
    for make in FORMS:
        form = make(plan, sent)
        if sent.get("add") != make.how:
            typed = {
                name: sent[form.add_prefix(name)] for name in form.fields if form.add_prefix(name) in sent
            }
            form = make(plan, initial=typed)
        elif form.is_valid():
            form = make(plan)
        found.append(form)
    return found


def _find_wanted(upload: Upload, plan: Plan, sent: QueryDict) -> tuple[Look, list[str]]:
    """Return the look at the file that was asked for, and what could not be done of what was said."""
    if "afresh" in sent:
        return Look(Choices(afresh=True)), []
    if plan.sheet and sent.get("sheet", plan.sheet) != plan.sheet:
        return Look(Choices(sheet=str(sent["sheet"]))), []
    form = ReadingForm(plan, sent, plans.first_lines(upload, plan))
    if not form.is_valid() and not form.is_only_layout:
        return Look(plan=plan), _explain(form)
    wanted, notes = _change(upload, plan, form, sent)
    counted = str(sent.get("count", ""))
    is_counted = counted.isdigit() and int(counted) < len(wanted.columns)
    return Look(plan=wanted, count=int(counted) if is_counted else None), notes


def _change(upload: Upload, plan: Plan, form: ReadingForm, sent: QueryDict) -> tuple[Plan, list[str]]:
    if form.layout_changed:
        return plans.change_layout(upload, plan, form.layout()), []
    plan = plans.change_columns(plan, form.columns())
    removed = str(sent.get("remove", ""))
    if removed.isdigit() and int(removed) < len(plan.columns):
        return plans.remove_made(plan, int(removed)), []
    assigned = _ASSIGN.fullmatch(sent.get("assign", ""))
    if assigned and int(assigned[1]) < len(plan.columns):
        return plans.assign(plan, int(assigned[1]), assigned[2]), []
    for make in FORMS:
        if sent.get("add") == make.how:
            draft = make(plan, sent)
            if draft.is_valid():
                return plans.add_made(plan, draft.column()), []
            return plan, [_("The column was not made: see what is marked below.")]
    return plan, []


def _explain(form: ReadingForm) -> list[str]:
    """Say what does not fit: a rate that is none, else that the page was older than the reading."""
    rates = [str(errors[0]) for name, errors in form.errors.items() if name.startswith("rate_")]
    return rates or [_("What was sent does not fit this file any more. It is read like this now.")]
