"""Checks of days: gaps and drops against the shop's own rhythm, and where the history begins and ends.

Orders on a day without news follow roughly a Poisson law: where ``e`` are usual, none at all happens with
probability exp(-e). Ten usual orders that did not come (0.005 %) are no coincidence.
"""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.quality.checks import ORDER_FILES, Check, Field

#: So many usual orders missing make a gap.
MISSING: Final = 10
#: A week counts as a drop below this share of the usual, and this many standard deviations under it.
DROP: Final = "0.5"
DEVIATIONS: Final = 4
_STALE: Final = 7  # days after the last order from which its age is told

_DAYS: Final = """
    SELECT d.day::date AS day, coalesce(o.orders, 0) AS orders, coalesce(o.revenue, 0) AS revenue
    FROM (SELECT min(ordered_on) AS first, max(ordered_on) AS last FROM {orders}
          WHERE status = 'placed' AND ordered_on <= %(today)s) span
    CROSS JOIN LATERAL generate_series(span.first, span.last, interval '1 day') d(day)
    LEFT JOIN (SELECT ordered_on, count(*) AS orders, sum(net_revenue) AS revenue FROM {orders}
               WHERE status = 'placed' GROUP BY 1) o ON o.ordered_on = d.day::date"""
_AROUND: Final = """OVER (PARTITION BY extract(isodow FROM day) ORDER BY day
    ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW)"""


def _check(key: str, severity: str, rows: str, fields: tuple[Field, ...], *texts: Any, **extra: Any) -> Check:
    title, why, advice = texts
    return Check(
        key=key, group="history", severity=severity, title=title, why=why, advice=advice, rows=rows,
        fields=fields, **extra,
    )  # fmt: skip


HISTORY_CHECKS: Final = (
    _check(
        "days_without_orders", "warning",
        f"""
    SELECT min(day) AS first_day, max(day) AS last_day, count(*) AS days, sum(usual) AS orders,
           round(sum(usual_revenue), 2) AS amount
    FROM (SELECT day, usual, usual_revenue, day - (row_number() OVER (ORDER BY day))::int AS run
          FROM (SELECT day, orders, avg(orders) {_AROUND} AS usual, avg(revenue) {_AROUND} AS usual_revenue
                FROM ({_DAYS}) days) usuals
          WHERE orders = 0) empty
    GROUP BY run HAVING sum(usual) >= {MISSING}""",
        (
            Field("first_day", _("first day"), "date"),
            Field("last_day", _("last day"), "date"),
            Field("days", _("days without orders"), "count"),
            Field("orders", _("orders usual on such days"), "count"),
            Field("amount", _("revenue usual on such days"), "money"),
        ),
        _("Days without a single order"),
        _(
            "By the weekdays around them, orders would have been usual. If they are missing, revenue, "
            "retention and predictions are too low."
        ),
        _("If the shop was not closed, export that period again and import it: what is there already stays."),
        order="first_day DESC", amount="amount", amount_label=_("usual revenue"), of_file=ORDER_FILES,
        action=("uploads", _("Import orders")),
    ),
    _check(
        "weeks_with_a_drop", "warning",
        f"""
    WITH weeks AS MATERIALIZED (
        SELECT date_trunc('week', day)::date AS week, sum(orders) AS orders, sum(revenue) AS revenue
        FROM ({_DAYS}) days GROUP BY 1 HAVING count(*) = 7)
    SELECT w.week AS first_day, w.orders, u.orders AS usual, w.orders / u.orders AS share,
           u.revenue - w.revenue AS amount
    FROM weeks w
    CROSS JOIN LATERAL (
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY b.orders) AS orders,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY b.revenue) AS revenue, count(*) AS weeks
        FROM weeks b WHERE b.week < w.week AND b.week >= w.week - 56) u
    WHERE u.weeks >= 6 AND w.orders < u.orders * {DROP}
      AND u.orders - w.orders >= {DEVIATIONS} * sqrt(u.orders)""",
        (
            Field("first_day", _("week that begins on"), "date"),
            Field("orders", _("orders"), "count"),
            Field("usual", _("usual in the 8 weeks before"), "count"),
            Field("share", _("share of the usual"), "percent"),
            Field("amount", _("revenue below the usual"), "money"),
        ),
        _("Weeks with less than half of the usual orders"),
        _(
            "Either the shop had a bad week, or part of the orders is missing: a sales channel that was not "
            "exported, an export that was cut off."
        ),
        _("Hold the week against the figures of your shop itself. After a peak such as December it is real."),
        order="first_day DESC", amount="amount", amount_label=_("below the usual"), of_file=ORDER_FILES,
    ),
    _check(
        "last_order_long_ago", "info",
        f"""
    SELECT max(ordered_on) AS last_day, %(today)s::date - max(ordered_on) AS days FROM {{orders}}
    WHERE status = 'placed' AND ordered_on <= %(today)s
    HAVING %(today)s::date - max(ordered_on) >= {_STALE}""",
        (
            Field("last_day", _("last order"), "date"),
            Field("days", _("days ago"), "count"),
        ),
        _("The last order is more than a week old"),
        _("All figures are as of the last day with an order: nothing after it is known here."),
        _("Import a recent export of your orders."),
        order="last_day", action=("uploads", _("Import orders")),
    ),
    _check(
        "complete_before_first_order", "warning",
        """
    SELECT %(complete_from)s::date AS complete_from, min(ordered_on) AS first_day,
           min(ordered_on) - %(complete_from)s::date AS days
    FROM {orders} HAVING min(ordered_on) > %(complete_from)s::date + 31""",
        (
            Field("complete_from", _("data complete from"), "date"),
            Field("first_day", _("first order"), "date"),
            Field("days", _("days between"), "count"),
        ),
        _("The data is said to be complete from a day long before the first order"),
        _("Months in between count as months without revenue and without new customers."),
        _("Import the orders of that time, or have the day “data complete from” set later in the settings."),
        order="first_day",
    ),
    _check(
        "orders_before_complete", "info",
        """
    SELECT o.external_id AS number, o.ordered_on AS day, date_trunc('month', o.ordered_on)::date AS month,
           o.net_revenue AS amount
    FROM {orders} o WHERE o.status = 'placed' AND o.ordered_on < %(complete_from)s::date""",
        (
            Field("number", _("order number")),
            Field("day", _("order date"), "date"),
            Field("month", _("month"), "month", facet=True),
            Field("amount", _("net revenue"), "money"),
        ),
        _("Orders before the day from which the data is complete"),
        _("They count for their customers; the months they are in are “incomplete” and never compared."),
        _("If that time is complete after all, have “data complete from” set earlier in the settings."),
        order="day DESC, number", subject="orders", amount="amount", amount_label=_("net revenue"),
    ),
)  # fmt: skip
