"""Checks of channels, campaigns and programmes: money without customers, and customers without money."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.quality.checks import FILE_COLUMNS, FILE_FIELDS, Check, Field
from customers.quality.customers import FIRST_ORDERS

#: Words that one list writes behind a channel's name and another does not: “Meta” and “Meta Ads”.
_ADS: Final = r"\m(ads?|advertising|advertenties|adverteren|marketing|campaigns?|campagnes?)\M"
#: Names that differ in capitals, spaces, marks and such words only are probably one name.
_BARE: Final = (
    f"coalesce(nullif(regexp_replace(regexp_replace(lower({{name}}), '{_ADS}', '', 'g'), '[^[:alnum:]]', '', "
    "'g'), ''), lower({name}))"
)
_CHANNELS: Final = f"""
    SELECT coalesce(nullif(c.acquisition_channel, ''), f.sales_channel) AS channel, count(*) AS customers
    FROM {{all_customers}} c LEFT JOIN ({FIRST_ORDERS}) f ON f.customer_id = c.id
    WHERE coalesce(nullif(c.acquisition_channel, ''), f.sales_channel, '') <> '' GROUP BY 1"""
_SPENT: Final = """
    SELECT channel, min(first_day) AS first_day, max(last_day) AS last_day, sum(amount) AS amount
    FROM {acquisition_costs} GROUP BY channel"""
_SPENT_FIELDS: Final = (
    Field("first_day", _("first day"), "date"),
    Field("last_day", _("last day"), "date"),
    Field("amount", _("amount"), "money"),
)


def _check(key: str, severity: str, rows: str, fields: tuple[Field, ...], *texts: Any, **extra: Any) -> Check:
    title, why, advice = texts
    extra.setdefault("order", "amount DESC, 1")
    if any(field.name == "amount" for field in fields):
        extra.setdefault("amount", "amount")
        extra.setdefault("amount_label", _("amount"))
    return Check(
        key=key, group="costs", severity=severity, title=title, why=why, advice=advice, rows=rows,
        fields=fields, **extra,
    )  # fmt: skip


COST_CHECKS: Final = (
    _check(
        "cost_channels_without_customers", "warning",
        f"""
    WITH known AS MATERIALIZED ({_CHANNELS})
    SELECT s.channel, s.first_day, s.last_day, s.amount,
           (SELECT string_agg(k.channel, ', ' ORDER BY k.channel) FROM known k
            WHERE {_BARE.format(name="k.channel")} = {_BARE.format(name="s.channel")}) AS alike
    FROM ({_SPENT}) s WHERE NOT EXISTS (SELECT FROM known k WHERE k.channel = s.channel)""",
        (
            Field("channel", _("channel in the costs")),
            Field("alike", _("looks like the channel")),
            *_SPENT_FIELDS,
        ),
        _("Channels with acquisition cost and no customer"),
        _(
            "Their cost lands on no customer: it stays “unallocated”, and the channel where these customers "
            "are looks cheaper than it is."
        ),
        _(
            "Mostly one channel has two names, such as “Google Ads” and “google”. Give it one name in both "
            "files and import the costs again."
        ),
        of_file=frozenset({"acquisition_costs"}),
    ),
    _check(
        "channels_alike", "warning",
        f"""
    WITH named AS MATERIALIZED (
        SELECT channel, sum(customers) AS customers, sum(amount) AS amount FROM (
            SELECT channel, customers, NULL::numeric AS amount FROM ({_CHANNELS}) k
            UNION ALL SELECT channel, NULL, amount FROM ({_SPENT}) s) every GROUP BY channel)
    SELECT n.channel, string_agg(o.channel, ', ' ORDER BY o.channel) AS alike, n.customers, n.amount
    FROM named n JOIN named o
        ON o.channel <> n.channel AND {_BARE.format(name="o.channel")} = {_BARE.format(name="n.channel")}
    GROUP BY n.channel, n.customers, n.amount""",
        (
            Field("channel", _("channel")),
            Field("alike", _("looks like the channel")),
            Field("customers", _("customers"), "count"),
            Field("amount", _("acquisition cost"), "money"),
        ),
        _("Channels whose names look alike"),
        _(
            "If “Meta” and “Meta Ads” are one channel, its customers, cost and CAC now stand in two rows. "
            "They are not joined by themselves: they may be two."
        ),
        _(
            "Choose one name, write it in the files of customers and of costs, and import them again: rows "
            "change, nothing doubles. For a file of one channel there is “one value for the whole file”."
        ),
        order="alike, channel",
    ),
    _check(
        "channels_without_cost", "info",
        f"""
    SELECT k.channel, k.customers FROM ({_CHANNELS}) k
    WHERE EXISTS (SELECT FROM {{acquisition_costs}})
      AND NOT EXISTS (SELECT FROM {{acquisition_costs}} s WHERE s.channel = k.channel)""",
        (Field("channel", _("channel")), Field("customers", _("customers"), "count")),
        _("Channels with customers and no acquisition cost"),
        _("CAC, LTV:CAC and payback of these channels are not available."),
        _("Right for channels that cost nothing, such as direct visits. Else import what was spent on them."),
        order="customers DESC, channel",
    ),
    _check(
        "cost_campaigns_without_customers", "info",
        """
    SELECT s.channel, s.campaign, s.first_day, s.last_day, s.amount
    FROM (SELECT channel, campaign, min(first_day) AS first_day, max(last_day) AS last_day,
                 sum(amount) AS amount
          FROM {acquisition_costs} WHERE campaign <> '' GROUP BY channel, campaign) s
    WHERE NOT EXISTS (SELECT FROM {all_customers} c WHERE c.campaign = s.campaign)""",
        (Field("channel", _("channel"), facet=True), Field("campaign", _("campaign")), *_SPENT_FIELDS),
        _("Campaigns with cost and no customer"),
        _("Their cost is shared by all new customers of the channel in that month instead."),
        _("If customers bear a campaign, write it in both files alike. Else nothing is needed."),
    ),
    _check(
        "programmes_without_members", "warning",
        """
    SELECT s.programme, s.first_day, s.last_day, s.amount
    FROM (SELECT programme, min(first_day) AS first_day, max(last_day) AS last_day, sum(amount) AS amount
          FROM {retention_costs} WHERE programme <> '' GROUP BY programme) s
    WHERE NOT EXISTS (SELECT FROM {memberships} m WHERE m.programme = s.programme)""",
        (Field("programme", _("programme")), *_SPENT_FIELDS),
        _("Programmes with cost and no member"),
        _("Their cost lands on nobody and stays “unallocated”."),
        _("Import the memberships of the programme, with its name written as in the costs."),
    ),
    Check(
        key="memberships_overlap",
        group="costs",
        severity="info",
        title=_("Memberships of one programme that overlap"),
        why=_("The customer counts once as a member; nothing is shared out twice."),
        advice=_("Look whether the last day of the earlier membership is missing."),
        rows=f"""
    SELECT c.external_id AS number, c.id AS customer_id, m.programme, m.first_day, m.last_day, m.next_day,
           {FILE_COLUMNS}
    FROM (SELECT *, lead(first_day) OVER (PARTITION BY customer_id, programme ORDER BY first_day) AS next_day
          FROM {{memberships}}) m
    JOIN {{all_customers}} c ON c.id = m.customer_id LEFT JOIN {{uploads}} u ON u.id = m.upload_id
    WHERE m.next_day <= coalesce(m.last_day, 'infinity'::date)""",
        fields=(
            Field("number", _("customer number"), link="customer:customer_id"),
            Field("customer_id", unit="hidden"),
            Field("programme", _("programme"), facet=True),
            Field("first_day", _("first day"), "date"),
            Field("last_day", _("last day"), "date"),
            Field("next_day", _("next first day"), "date"),
            *FILE_FIELDS,
        ),
        order="number, first_day",
        subject="memberships",
    ),
)  # fmt: skip
