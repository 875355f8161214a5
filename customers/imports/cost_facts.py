"""Costs and programme memberships, from the staged rows of one file."""

from functools import partial
from typing import Any, Final

from customers.imports.dedupe import Duplicates, drop_duplicates
from customers.imports.fact_tables import Check, FactTable
from customers.imports.facts import Outcome, rows
from customers.imports.merged import Merged, merge_table
from customers.imports.named_segments import check_segments, find_empty, find_segments
from customers.imports.presets import get_preset
from customers.imports.staging import TABLE, Staged
from customers.models import AcquisitionCost, ProgrammeMembership, RetentionCost, Upload

_NO_CUSTOMER: Final = """s.customer IS NOT NULL
    AND NOT EXISTS (SELECT FROM customers_customer c WHERE c.external_id = s.customer)"""
_DAYS: Final = ("first_day", "last_day")
_BACKWARDS: Final = "s.last_day < s.first_day"
_FIRST: Final = "jsonb_build_object('first', to_char(s.first_day, 'YYYY-MM-DD'))"


def _make_key(staged: Staged, *parts: str) -> str:
    """Return the SQL for a row's own id, else for what makes it one of its kind."""
    have = [f"coalesce({part}::text, '')" for part in parts if part in staged.columns]
    made = " || '|' || ".join(have)
    return f"coalesce(external_id, {made})" if "external_id" in staged.columns else made


def _last_day(staged: Staged) -> str:
    return "coalesce(last_day, first_day)" if "last_day" in staged.columns else "first_day"


def merge_acquisition_costs(staged: Staged, upload: Upload) -> Merged:
    """Bring money spent to win customers into its table. Needs an open transaction."""
    key = _make_key(staged, "channel", "campaign", "first_day", "last_day")
    adds_up = get_preset(staged.plan.preset).adds_up
    duplicates = Duplicates() if adds_up else drop_duplicates(staged, key)
    campaign = "coalesce(campaign, '')" if "campaign" in staged.columns else "''"
    source = f"""SELECT {key} AS external_id, min(channel) AS channel, min({campaign}) AS campaign,
                        min(first_day) AS first_day, min({_last_day(staged)}) AS last_day,
                        sum(amount) AS amount, count(*) AS records
                 FROM {TABLE} GROUP BY 1"""
    columns = {name: f"s.{name}" for name in ("channel", "campaign", "first_day", "last_day", "amount")}
    outcome = merge_table(AcquisitionCost, source, ("external_id",), columns, upload)
    records = rows("SELECT outcome, sum(records)::bigint FROM import_acquisitioncost GROUP BY 1")
    return Merged(Outcome.of(dict(records)), duplicates, {"acquisition_costs": outcome})


def merge_retention_costs(staged: Staged, upload: Upload) -> Merged:
    """Bring money spent to keep customers into its table. Needs an open transaction."""
    key = _make_key(staged, "customer", "programme", "segment", "description", "first_day", "last_day")
    duplicates = drop_duplicates(staged, key)
    text = {
        name: f"coalesce(s.{name}, '')" if name in staged.columns else "''"
        for name in ("programme", "segment", "description")
    }
    customer = "s.customer" if "customer" in staged.columns else "NULL::text"
    source = f"""
        SELECT s.row_key AS external_id, c.id AS customer_id, {text["programme"]} AS programme,
               {text["segment"]} AS segment, {text["description"]} AS description, s.first_day,
               {_last_day(staged)} AS last_day, s.amount
        FROM (SELECT *, {key} AS row_key FROM {TABLE}) s
        LEFT JOIN customers_customer c ON c.external_id = {customer}
    """
    names = ("customer_id", "programme", "segment", "description", "first_day", "last_day", "amount")
    columns = {name: f"s.{name}" for name in names}
    outcome = merge_table(RetentionCost, source, ("external_id",), columns, upload)
    return Merged(outcome, duplicates, {"retention_costs": outcome})


def merge_memberships(staged: Staged, upload: Upload) -> Merged:
    """Bring who was in which programme into its table. Needs an open transaction."""
    duplicates = drop_duplicates(staged, "customer, programme, first_day")
    last = "s.last_day" if "last_day" in staged.columns else "NULL::date"
    source = f"""SELECT c.id AS customer_id, s.programme, s.first_day, {last} AS last_day
                 FROM {TABLE} s JOIN customers_customer c ON c.external_id = s.customer"""
    keys = ("customer_id", "programme", "first_day")
    outcome = merge_table(ProgrammeMembership, source, keys, {"last_day": "s.last_day"}, upload)
    return Merged(outcome, duplicates, {"programme_memberships": outcome})


def _find_totals(staged: Staged) -> dict[str, Any]:
    count, amount = rows(f"SELECT count(*), coalesce(sum(amount), 0) FROM {TABLE}")[0]
    first, last = rows(f"SELECT min(first_day), max({_last_day(staged)}) FROM {TABLE}")[0]
    return {
        "rows": count,
        "amount": str(amount),
        "first_day": str(first or ""),
        "last_day": str(last or ""),
    }


def _query_segments(staged: Staged) -> dict[str, str]:
    """Find segments that no customer is in at present: their costs stay unallocated."""
    return {"segment_empty": find_empty("import_retentioncost")} if "segment" in staged.columns else {}


def _not_backwards(kind: str) -> Check:
    return Check(kind, "last_before_first", "last_day", _DAYS, _BACKWARDS, _FIRST)


def _of_one(first: str, second: str) -> Check:
    """A cost has one bearer: a customer, a programme or a segment."""
    condition = f's."{first}" IS NOT NULL AND s."{second}" IS NOT NULL'
    return Check("retention_costs", "two_scopes", first, (first, second), condition)


TABLES: Final = (
    FactTable(
        "acquisition_costs",
        AcquisitionCost,
        merge_acquisition_costs,
        checks=(_not_backwards("acquisition_costs"),),
        find_totals=_find_totals,
    ),
    FactTable(
        "retention_costs",
        RetentionCost,
        merge_retention_costs,
        prepare=partial(find_segments, of_value=False),
        checks=(
            Check("retention_costs", "unknown_customer", "customer", ("customer",), _NO_CUSTOMER),
            _of_one("customer", "programme"),
            _of_one("customer", "segment"),
            _of_one("programme", "segment"),
            _not_backwards("retention_costs"),
            *check_segments("retention_costs", of_value=False),
        ),
        find_totals=_find_totals,
        queries=_query_segments,
    ),
    FactTable(
        "programme_memberships",
        ProgrammeMembership,
        merge_memberships,
        name="t.programme",
        checks=(
            Check("programme_memberships", "unknown_customer", "customer", ("customer",), _NO_CUSTOMER),
            _not_backwards("programme_memberships"),
        ),
    ),
)
