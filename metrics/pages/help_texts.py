"""What the help page says beside the registers: how we count, and what each value is good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from metrics.core.formulas import Unit


@dataclass(frozen=True, slots=True)
class Term:
    """A word that the definitions lean on."""

    key: str
    name: str | Promise
    meaning: str | Promise


TERMS: Final = (
    Term(
        "net-revenue",
        _("Net revenue"),
        _(
            "After discount, with shipping charged, without VAT, in the reporting currency. An amount in "
            "another currency is refused, never added up."
        ),
    ),
    Term(
        "valid-order",
        _("Valid order"),
        _(
            "Not cancelled, not a test, and worth more than 0 after its own refunds. Only valid orders "
            "are purchases."
        ),
    ),
    Term("occasion", _("Purchase occasion"), _("A day with at least one valid order.")),
    Term(
        "two-bases",
        _("By order and by period"),
        _(
            "By order: valid orders, less their own refunds, on the day of the order; used for customers,"
            " order value and margin. By period: every order that is neither cancelled nor a test in full"
            " on its day, less every refund on the day of the refund; used for the revenue of a month. "
            "Over all time both give the same total, and no figure mixes them."
        ),
    ),
    Term(
        "refund",
        _("Refund"),
        _(
            "Lowers its order when it names one. Otherwise it lowers the revenue of the customer on its "
            "own day, and touches no order."
        ),
    ),
    Term(
        "anonymous",
        _("Order without a customer"),
        _(
            "Counts in revenue, in orders and in the average order value, and in nobody's value. Pages on"
            " customers say what share of revenue these orders are."
        ),
    ),
    Term(
        "cost-of-goods",
        _("Cost of goods"),
        _(
            "Of an order: its own, else that of its lines, else by the default margin of the settings. "
            "When none of these is known, what depends on it is n/a, never 0. An unknown transaction cost"
            " counts as 0."
        ),
    ),
    Term(
        "new-customer",
        _("New customer"),
        _(
            "On the day of the first valid order ever. Unless the shop says that its history is complete,"
            " the first 12 months may include older customers, and say so."
        ),
    ),
    Term(
        "channel",
        _("Channel"),
        _("Where the customer was won. When that is blank: the sales channel of the first valid order."),
    ),
    Term(
        "acquisition-cost",
        _("Acquisition cost"),
        _(
            "Spread evenly over its days, and shared equally by the new customers of each month: those of"
            " its campaign, else of its channel. Without a new customer it stays unallocated; days that "
            "have yet to come are not yet due. Allocated, unallocated and not yet due add up to what was "
            "uploaded."
        ),
    ),
    Term(
        "retention-cost",
        _("Retention cost"),
        _(
            "Of one customer when the upload says so. Other retention cost is spread evenly over its days"
            " and shared equally by those it is for who bought in the 365 days to the end of the month: "
            "everyone, a programme's members, or a segment. RFM, lifecycle and own segments are told at the "
            "end of each month, by orders up to then."
        ),
    ),
    Term(
        "peers",
        _("Peer group"),
        _(
            "Customers with the same channel and first category, if there are at least 30; else with the "
            "same channel; else everyone. Rates that one customer cannot have come from this group."
        ),
    ),
    Term(
        "lifetime",
        _("Lifetime"),
        _(
            "1 ÷ the churn rate of the peer group, at least one year and at most the longest of the "
            "settings. Until retention is known, which takes 24 complete months, the assumed lifetime of "
            "the settings."
        ),
    ),
    Term(
        "as-of",
        _("As of"),
        _(
            "The last day that counts, to its end. Later orders, refunds and costs do not exist for the "
            "calculation."
        ),
    ),
    Term(
        "incomplete",
        _("Incomplete period"),
        _(
            "Not wholly between the day from which the data are complete and the day of the calculation. "
            "It is shown, and never compared or judged."
        ),
    ),
    Term("rolling", _("12 months"), _("The 12 calendar months that end with the month shown.")),
    Term(
        "not-available",
        _("n/a"),
        _(
            "The figure does not exist: something it needs is not known, or it would divide by 0. It is "
            "never shown as 0, and is sorted last."
        ),
    ),
    Term(
        "few",
        _("Few"),
        _("A figure over fewer than 30 customers is grey and shows how many: chance weighs heavily in it."),
    ),
    Term(
        "objection",
        _("Objection to profiling"),
        _(
            "Who objected counts in totals and in the rates of groups, and stands in no ranking, list or "
            "export. A closing line says how many they are."
        ),
    ),
    Term(
        "rounding",
        _("Rounding"),
        _(
            "Sums are exact. A quotient is rounded to ten places, each term of a formula to four; the "
            "value is the sum of its rounded terms, so an explanation adds up to the figure it explains."
        ),
    ),
)

METHOD_TEXTS: Final[Mapping[str, str | Promise]] = {
    "contribution": _("What the orders of a customer leave after the goods and the cost of the sale."),
    "realised": _(
        "What the customer has brought so far, all costs taken off. It looks back and assumes nothing."
    ),
    "periodic": _(
        "What the customer brings in an average period, times the periods to come. Which costs are "
        "taken off is a setting; the formula here takes off all of them."
    ),
    "lifetime": _(
        "Revenue a year, times the lifetime of the peer group in years, times the margin: what a "
        "customer like this is worth over the whole relation. Acquisition is not taken off."
    ),
    "loyalty": _(
        "The average purchase of the last year, times the number of purchases, times the share of the"
        " peers who come back. It rewards who buys often now."
    ),
    "value_density": _("How much one order of the last year brings: what each contact is worth."),
    "average": _("The simplest value of a group: its revenue, divided by its customers with a valid order."),
    "lifetime_group": _(
        "The lifetime value of a whole group at once, from its revenue per customer year instead of "
        "the mean of its customers."
    ),
}

UNITS: Final[Mapping[Unit, str | Promise]] = {
    "money": _("amount"),
    "count": _("number"),
    "ratio": _("ratio"),
    "periods": _("periods"),
    "years": _("years"),
    "points": _("points"),
}
