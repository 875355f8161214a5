"""Checks of what imports refused and what has not come in since."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.quality.checks import Check, Field

#: Where the number of a refused record stands, and whether a record with it is here by now. Of a file that
#: was imported more than once the last time counts.
_ROWS: Final = """
    SELECT r.line, r."column" AS "column", r.value, r.reason_code AS reason, u.file_name AS file,
           u.uuid AS upload, u.created_at::date AS day
    FROM {rejects} r JOIN {uploads} u ON u.id = r.upload_id
    LEFT JOIN LATERAL (
        SELECT (place - 1)::int AS place
        FROM jsonb_array_elements(u.plan->'columns') WITH ORDINALITY c(col, place)
        WHERE c.col->>'target' = 'external_id' LIMIT 1) k ON true
    WHERE u.state = 'done' AND r.reason_code WHERE_REASON
      AND NOT EXISTS (SELECT FROM {uploads} again
          WHERE again.sha256 = u.sha256 AND again.state = 'done' AND again.id > u.id)
      AND NOT (u.kind = 'orders'
          AND EXISTS (SELECT FROM {all_orders} o WHERE o.external_id = r.record->>k.place))
      AND NOT (u.kind = 'customers'
          AND EXISTS (SELECT FROM {all_customers} o WHERE o.external_id = r.record->>k.place))
      AND NOT (u.kind = 'refunds'
          AND EXISTS (SELECT FROM {all_refunds} o WHERE o.external_id = r.record->>k.place))"""
_FIELDS: Final = (
    Field("file", _("file"), facet=True, link="upload:upload"),
    Field("day", _("imported"), "date"),
    Field("line", _("line"), "count"),
    Field("column", _("column"), facet=True),
    Field("value", _("value")),
    Field("reason", _("what is wrong"), "reason", facet=True),
    Field("upload", unit="hidden"),
)
_STATUS: Final = ("unknown_status",)
_CURRENCY: Final = ("foreign_currency",)
_UNKNOWN: Final = ("unknown_customer", "unknown_order")
_SPECIAL: Final = _STATUS + _CURRENCY + _UNKNOWN


def _check(key: str, severity: str, codes: tuple[str, ...], *texts: Any, negate: bool = False) -> Check:
    title, why, advice = texts
    listed = ", ".join(f"'{code}'" for code in codes)
    return Check(
        key=key,
        group="refused",
        severity=severity,
        title=title,
        why=why,
        advice=advice,
        rows=_ROWS.replace("WHERE_REASON", f"{'NOT ' if negate else ''}IN ({listed})"),
        fields=_FIELDS,
        order="day DESC, file, line",
    )


REFUSED_CHECKS: Final = (
    _check(
        "refused_status", "error", _STATUS,
        _("Records in a status nobody knows"),
        _("They were not imported: whether they are purchases or cancelled could not be told."),
        _("Say in the mapping what the word means and import the file again."),
    ),
    _check(
        "refused_currency", "error", _CURRENCY,
        _("Records in another currency"),
        _("They were not imported: amounts in two currencies are never added up. Revenue misses them."),
        _("Export in the reporting currency, or convert the amounts, and import them."),
    ),
    _check(
        "refused_unknown", "warning", _UNKNOWN,
        _("Records of customers or orders that are not known"),
        _("Memberships, answers, costs and lines belong to somebody; without him they were not imported."),
        _("Import the customers and the orders first, then the refused records."),
    ),
    _check(
        "refused_otherwise", "warning", _SPECIAL,
        _("Other records that were refused"),
        _("What is in them counts nowhere."),
        _("Open the import, download the refused records, correct them and upload them."),
        negate=True,
    ),
)  # fmt: skip
