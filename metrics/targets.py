"""Targets as a kind of file: registered with the imports, which know nothing of KPIs."""

from dataclasses import replace
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from customers.imports import fact_tables, kinds
from customers.imports.columns import normalise_word
from customers.imports.dedupe import drop_duplicates
from customers.imports.fact_tables import Check, FactTable
from customers.imports.facts import rows, run
from customers.imports.kinds.names import CHANNEL, FIRST, LAST, SEGMENT
from customers.imports.kinds.register import CHOICES, make_column, make_kind
from customers.imports.merged import Merged, merge_table
from customers.imports.named_segments import check_segments, find_segments
from customers.imports.staging import TABLE, Staged
from customers.models import Upload
from metrics.kpis import KPIS
from metrics.models import Target

KIND: Final = "targets"
_KEYS: Final = ("kpi", "first_day", "last_day", "channel", "segment")
_PERCENTAGES: Final = ", ".join(f"'{kpi.key}'" for kpi in KPIS.values() if kpi.unit == "percent")
_IS_PERCENTAGE: Final = f"s.kpi IN ({_PERCENTAGES})"
_HAS_SIGN: Final = "right(s.value, 1) = '%'"
_NUMBER: Final = "rtrim(s.value, '%')::numeric"


@cache
def name_kpis() -> dict[str, str]:
    """Return the key of each KPI by the words it goes by: the key, and the label in every language."""
    words = {normalise_word(key): key for key in KPIS}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for kpi in KPIS.values():
                words.setdefault(normalise_word(str(kpi.label)), kpi.key)
    return words


def make_targets_kind() -> kinds.Kind:
    """Return the kind of file that holds targets; its KPIs go by their labels."""
    CHOICES.update({kpi.key: kpi.label for kpi in KPIS.values()})
    kpi = make_column(
        "kpi", _("KPI"), "choice", "kpi|kengetal|indicator|prestatie indicator|metric|measure", required=True
    )
    return make_kind(
        KIND,
        _("targets"),
        replace(kpi, words=name_kpis),
        make_column(
            "period", _("period"), "period", "periode|period|maand|month|kwartaal|quarter|jaar|year"
        ),
        make_column("first_day", _("first day"), "date", FIRST),
        make_column("last_day", _("last day"), "date", LAST),
        make_column(
            "value", _("target"), "figure",
            "doel|doelwaarde|doelstelling|streefwaarde|norm|target|target value|goal|waarde|value",
            required=True,
        ),
        make_column("channel", _("channel"), "label", CHANNEL),
        make_column("segment", _("segment"), "segment", SEGMENT),
        one_of=(("period", "first_day"), ("period", "last_day")),
        after=("customers",),
    )  # fmt: skip


def register() -> None:
    """Add targets to what can be imported."""
    kinds.register(make_targets_kind())
    fact_tables.register(_TABLE)


def _prepare(staged: Staged) -> None:
    """Find first and last day, and the value in the unit of the KPI: of a percentage the fraction."""
    have = staged.columns
    find_segments(staged, of_value=True)
    first = _first_of(have, period="lower(s.period)", first_day="s.first_day")
    last = _first_of(have, period="upper(s.period) - 1", last_day="s.last_day")
    run(f"ALTER TABLE {TABLE} ADD COLUMN starts date, ADD COLUMN ends date, ADD COLUMN worth numeric")
    run(f"""
        UPDATE {TABLE} s SET starts = {first}, ends = {last},
            worth = CASE WHEN {_IS_PERCENTAGE} THEN round({_NUMBER} / 100, 6) ELSE round({_NUMBER}, 6) END
    """)


def _first_of(have: list[str], **values: str) -> str:
    return f"coalesce({', '.join(value for column, value in values.items() if column in have)})"


def merge_targets(staged: Staged, upload: Upload) -> Merged:
    """Bring targets into their table. Who set one, and when, is who changed its value last."""
    text = {
        name: f"coalesce({name}, '')" if name in staged.columns else "''" for name in ("channel", "segment")
    }
    named = (name for name in text if name in staged.columns)
    duplicates = drop_duplicates(staged, ", ".join(("kpi", "starts", "ends", *named)))
    source = f"""SELECT kpi, starts AS first_day, ends AS last_day, {text["channel"]} AS channel,
                 {text["segment"]} AS segment, worth FROM {TABLE}"""
    setter = str(upload.user_id) if upload.user_id else "NULL"
    same = "t.value IS NOT DISTINCT FROM s.worth"
    columns = {
        "value": "s.worth",
        "set_by_id": f"CASE WHEN {same} THEN t.set_by_id ELSE {setter} END",
        "set_at": f"CASE WHEN {same} THEN t.set_at ELSE statement_timestamp() END",
    }
    outcome = merge_table(Target, source, _KEYS, columns, upload)
    return Merged(outcome, duplicates, {KIND: outcome})


def _find_totals(staged: Staged) -> dict[str, Any]:
    count, first, last = rows(f"SELECT count(*), min(starts), max(ends) FROM {TABLE}")[0]
    return {"rows": count, "first_day": str(first or ""), "last_day": str(last or "")}


_UNCLEAR: Final = f"{_IS_PERCENTAGE} AND NOT {_HAS_SIGN} AND s.worth <> 0 AND abs(s.worth) <= 0.01"
_READINGS: Final = f"""jsonb_build_object('as_share', trim_scale({_NUMBER} * 100)::text,
    'as_percent', trim_scale({_NUMBER})::text)"""
_FIRST: Final = "jsonb_build_object('first', to_char(s.starts, 'YYYY-MM-DD'))"
_TABLE: Final = FactTable(
    KIND,
    Target,
    merge_targets,
    name="t.kpi || ' ' || to_char(t.first_day, 'YYYY-MM-DD')",
    prepare=_prepare,
    checks=(
        Check(KIND, "missing", "period", ("period",), "s.starts IS NULL OR s.ends IS NULL"),
        Check(KIND, "missing", "first_day", ("first_day",), "s.starts IS NULL", unless="period"),
        Check(KIND, "missing", "last_day", ("last_day",), "s.ends IS NULL", unless="period"),
        Check(KIND, "last_before_first", "last_day", ("last_day",), "s.ends < s.starts", _FIRST),
        Check(KIND, "percent_unclear", "value", ("value",), _UNCLEAR, _READINGS),
        Check(
            KIND,
            "not_percent",
            "value",
            ("value", "kpi"),
            f"{_HAS_SIGN} AND NOT {_IS_PERCENTAGE}",
            "jsonb_build_object('kpi', s.kpi)",
        ),
        Check(
            KIND,
            "target_of_two",
            "channel",
            ("channel", "segment"),
            "s.channel IS NOT NULL AND s.segment IS NOT NULL",
        ),
        *check_segments(KIND, of_value=True),
    ),
    find_totals=_find_totals,
)
