"""Survey answers, referrals and market figures, from the staged rows of one file."""

from typing import Any, Final

from customers.imports.dedupe import drop_duplicates
from customers.imports.fact_tables import Check, FactTable
from customers.imports.facts import rows, run
from customers.imports.known_attributes import ATTRIBUTE_KNOWN, KNOWN_ATTRIBUTES, list_attributes
from customers.imports.merged import Merged, merge_table
from customers.imports.staging import TABLE, Staged
from customers.models import MarketFigure, Referral, SurveyAnswer, Upload


def _by_scale(what: str) -> str:
    """Return the SQL for the lowest or highest score of a staged row's scale."""
    found = {scale: getattr(scale, what) for scale in SurveyAnswer.Scale}
    cases = " ".join(f"WHEN '{scale.value}' THEN {value}" for scale, value in found.items())
    return f"CASE s.on_scale {cases} END"


_OFF_SCALE: Final = f"s.given NOT BETWEEN {_by_scale('lowest')} AND {_by_scale('highest')}"
_SCALE_DATA: Final = f"""jsonb_build_object('scale', upper(split_part(s.on_scale, '_', 1)),
    'lowest', {_by_scale("lowest")}, 'highest', {_by_scale("highest")})"""


def _prepare_answers(staged: Staged) -> None:
    """Find each row's customer, by number or else by e-mail address, and its score and scale."""
    have = staged.columns
    run(f"""ALTER TABLE {TABLE} ADD COLUMN customer_id bigint, ADD COLUMN customer_key text,
            ADD COLUMN given smallint, ADD COLUMN on_scale text, ADD COLUMN of_several boolean""")
    named = [f"s.{name}" for name in ("customer", "email") if name in have]
    given = [f"s.{name}" for name in ("score", "nps") if name in have]
    scale = ["s.scale"] if "scale" in have else []
    if "nps" in have:
        scale.append("CASE WHEN s.nps IS NOT NULL THEN 'nps' END")
    run(f"""
        UPDATE {TABLE} s SET given = coalesce({", ".join(given)}), on_scale = coalesce({", ".join(scale)}),
            customer_id = c.id, customer_key = c.external_id
        FROM {TABLE} x LEFT JOIN customers_customer c
            ON c.external_id = coalesce({", ".join(named).replace("s.", "x.")})
        WHERE x.record = s.record
    """)
    if "email" in have:
        alone = "AND s.customer IS NULL" if "customer" in have else ""
        run(f"""
            UPDATE {TABLE} s SET of_several = c.n > 1,
                customer_id = CASE WHEN c.n = 1 THEN c.id END,
                customer_key = CASE WHEN c.n = 1 THEN c.external_id END
            FROM (SELECT email, count(*) AS n, min(id) AS id, min(external_id) AS external_id
                  FROM customers_customer WHERE email <> '' GROUP BY email) c
            WHERE s.customer_id IS NULL AND c.email = s.email {alone}
        """)


def merge_answers(staged: Staged, upload: Upload) -> Merged:
    """Bring survey answers into their table. Needs an open transaction."""
    made = "customer_key || '|' || moment::date || '|' || on_scale"
    key = f"coalesce(external_id, {made})" if "external_id" in staged.columns else made
    duplicates = drop_duplicates(staged, key)
    comment = "coalesce(comment, '')" if "comment" in staged.columns else "''"
    source = f"""SELECT {key} AS external_id, customer_id, moment::date AS answered_on, on_scale AS scale,
                 given AS score, {comment} AS comment FROM {TABLE}"""
    names = ["customer_id", "answered_on", "scale", "score"]
    names += ["comment"] if "comment" in staged.columns else []
    columns = {name: f"s.{name}" for name in names}
    outcome = merge_table(SurveyAnswer, source, ("external_id",), columns, upload)
    return Merged(outcome, duplicates, {"survey_answers": outcome})


def merge_referrals(staged: Staged, upload: Upload) -> Merged:
    """Bring who brought whom into its table. Needs an open transaction."""
    duplicates = drop_duplicates(staged, "referrer, referred")
    day = "s.day" if "day" in staged.columns else "NULL::date"
    source = f"""SELECT a.id AS referrer_id, b.id AS referred_id, {day} AS referred_on
                 FROM {TABLE} s JOIN customers_customer a ON a.external_id = s.referrer
                 JOIN customers_customer b ON b.external_id = s.referred"""
    columns = {"referred_on": "s.referred_on"} if "day" in staged.columns else {}
    outcome = merge_table(Referral, source, ("referrer_id", "referred_id"), columns, upload)
    return Merged(outcome, duplicates, {"referrals": outcome})


def merge_market_figures(staged: Staged, upload: Upload) -> Merged:
    """Bring what the market spends into its table. Needs an open transaction."""
    duplicates = drop_duplicates(staged, "attribute, value")
    columns = {"amount": "s.amount", "source": "s.source"}
    if "customers" in staged.columns:
        columns["customers"] = "s.customers"
    outcome = merge_table(MarketFigure, f"SELECT * FROM {TABLE}", ("attribute", "value"), columns, upload)
    return Merged(outcome, duplicates, {"market_figures": outcome})


def _total_answers(staged: Staged) -> dict[str, Any]:
    count, first, last = rows(f"SELECT count(*), min(moment)::date, max(moment)::date FROM {TABLE}")[0]
    return {"rows": count, "first_day": str(first or ""), "last_day": str(last or "")}


def _total_rows(staged: Staged) -> dict[str, Any]:
    return {"rows": rows(f"SELECT count(*) FROM {TABLE}")[0][0]}


def _unknown(kind: str, column: str) -> Check:
    condition = f"NOT EXISTS (SELECT FROM customers_customer c WHERE c.external_id = s.{column})"
    return Check(kind, "unknown_customer", column, (column,), condition)


TABLES: Final = (
    FactTable(
        "survey_answers",
        SurveyAnswer,
        merge_answers,
        prepare=_prepare_answers,
        checks=(
            Check("survey_answers", "missing", "score", ("score",), "s.given IS NULL"),
            Check("survey_answers", "missing", "nps", ("nps",), "s.given IS NULL", unless="score"),
            Check("survey_answers", "missing", "scale", ("scale",), "s.on_scale IS NULL"),
            Check("survey_answers", "off_scale", "score", ("score",), _OFF_SCALE, _SCALE_DATA),
            Check("survey_answers", "off_scale", "nps", ("nps",), _OFF_SCALE, _SCALE_DATA, unless="score"),
            Check(
                "survey_answers", "missing", "customer", ("customer",),
                "s.customer IS NULL AND s.customer_id IS NULL", unless="email",
            ),
            Check(
                "survey_answers", "unknown_customer", "customer", ("customer",),
                "s.customer IS NOT NULL AND s.customer_id IS NULL",
            ),
            Check("survey_answers", "email_of_several", "email", ("email",), "s.of_several"),
            Check(
                "survey_answers", "unknown_customer", "email", ("email",),
                "s.email IS NOT NULL AND s.customer_id IS NULL",
            ),
            Check("survey_answers", "missing", "email", ("email",), "s.customer_id IS NULL"),
        ),
        find_totals=_total_answers,
    ),
    FactTable(
        "referrals",
        Referral,
        merge_referrals,
        name="(SELECT c.external_id FROM customers_customer c WHERE c.id = t.referred_id)",
        checks=(
            Check(
                "referrals", "refers_to_himself", "referred", ("referrer", "referred"),
                "s.referrer = s.referred",
            ),
            _unknown("referrals", "referrer"),
            _unknown("referrals", "referred"),
        ),
        find_totals=_total_rows,
    ),
    FactTable(
        "market_figures",
        MarketFigure,
        merge_market_figures,
        name="t.attribute || ' = ' || t.value",
        prepare=lambda staged: list_attributes("attribute", "s.attribute"),
        checks=(
            Check(
                "market_figures", "unknown_attribute", "attribute", ("attribute",),
                f"NOT {ATTRIBUTE_KNOWN.format(attribute='s.attribute')}", KNOWN_ATTRIBUTES,
            ),
            Check(
                "market_figures", "not_whole", "customers", ("customers",),
                "s.customers < 0 OR s.customers <> trunc(s.customers)",
            ),
        ),
        find_totals=_total_rows,
    ),
)  # fmt: skip
