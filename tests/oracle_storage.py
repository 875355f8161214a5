"""The way of the oracle's facts into the database, as an import would leave them."""

from decimal import Decimal
from fractions import Fraction

from customers.models import (
    AcquisitionCost,
    Customer,
    Order,
    OrderLine,
    ProgrammeMembership,
    Referral,
    Refund,
    RetentionCost,
    SurveyAnswer,
)
from metrics.models import CalculationSettings
from tests.builders import make_shop, make_upload
from tests.oracle_facts import Facts, find_category


def decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(value.numerator) / Decimal(value.denominator)


def store(facts: Facts) -> None:
    """Put the facts into the database as an import would leave them."""
    upload = make_upload()
    customers = {
        x.id: Customer(
            external_id=x.id, acquisition_channel=x.channel, campaign=x.campaign, acquired_on=x.acquired_on,
            objects_to_profiling=x.objects, country=x.country, city=x.city, attributes=dict(x.attributes),
            upload=upload,
        )
        for x in facts.customers
    }  # fmt: skip
    Customer.objects.bulk_create(customers.values())
    orders = {x.id: _as_order(x, customers, upload) for x in facts.orders}
    Order.objects.bulk_create(orders.values())
    OrderLine.objects.bulk_create(
        OrderLine(
            order=orders[x.id], ordinal=ordinal, category=line.category, quantity=decimal(line.quantity),
            net_amount=decimal(line.net), unit_cost=decimal(line.unit_cost), upload=upload,
        )
        for x in facts.orders
        for ordinal, line in enumerate(x.lines, start=1)
    )  # fmt: skip
    Refund.objects.bulk_create(
        Refund(
            external_id=x.id, refunded_at=x.moment, refunded_on=x.day, amount=decimal(x.amount),
            order_reference=x.order, order=orders.get(x.order), customer=customers.get(x.customer or ""),
            upload=upload,
        )
        for x in facts.refunds
    )  # fmt: skip
    _store_costs(facts, customers, upload)
    _store_feedback(facts, customers, upload)
    _store_choices(facts.choices)


def _as_order(fact, customers, upload):
    costs = [line.unit_cost for line in fact.lines]
    line_cost = (
        sum((x.unit_cost * x.quantity for x in fact.lines), Fraction(0)) if None not in costs else None
    )
    return Order(
        external_id=fact.id, customer=customers.get(fact.customer or ""), ordered_at=fact.moment,
        ordered_on=fact.day, net_revenue=decimal(fact.net), cost_of_goods=decimal(fact.cost),
        transaction_cost=decimal(fact.transaction), status=fact.status,
        refunded_amount=decimal(fact.refunded), refunded_on=fact.refunded_on,
        sales_channel=fact.sales_channel, main_category=find_category(fact),
        line_cost=decimal(line_cost) if fact.lines else None,
        line_total=decimal(sum((x.net for x in fact.lines), Fraction(0))) if fact.lines else None,
        upload=upload,
    )  # fmt: skip


def _store_costs(facts, customers, upload):
    AcquisitionCost.objects.bulk_create(
        AcquisitionCost(
            external_id=x.id, channel=x.channel, campaign=x.campaign, first_day=x.first, last_day=x.last,
            amount=decimal(x.amount), upload=upload,
        )
        for x in facts.acquisition
    )  # fmt: skip
    RetentionCost.objects.bulk_create(
        RetentionCost(
            external_id=x.id, customer=customers.get(x.customer or ""), programme=x.programme,
            segment=" = ".join(x.segment or ()), first_day=x.first, last_day=x.last,
            amount=decimal(x.amount), upload=upload,
        )
        for x in facts.retention
    )  # fmt: skip
    ProgrammeMembership.objects.bulk_create(
        ProgrammeMembership(
            customer=customers[x.customer], programme=x.programme, first_day=x.first, last_day=x.last,
            upload=upload,
        )
        for x in facts.memberships
    )  # fmt: skip


def _store_feedback(facts, customers, upload):
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(
            external_id=x.id, customer=customers[x.customer], answered_on=x.day, scale=x.scale, score=x.score,
            upload=upload,
        )
        for x in facts.answers
    )  # fmt: skip
    Referral.objects.bulk_create(
        Referral(
            referrer=customers[x.referrer], referred=customers[x.referred], referred_on=x.day, upload=upload
        )
        for x in facts.referrals
    )


def _store_choices(choices):
    make_shop(data_complete_from=choices.complete_from, history_complete=choices.history_complete)
    CalculationSettings.objects.create(
        default_margin=decimal(choices.default_margin),
        interest=decimal(choices.interest),
        inflation=decimal(choices.inflation),
        period=choices.period,
        fixed_periods=decimal(choices.fixed_periods),
        periodic_acquisition="acquisition" in choices.costs,
        periodic_goods="goods" in choices.costs,
        periodic_transaction="transaction" in choices.costs,
        periodic_retention="retention" in choices.costs,
        lifetime_cap=decimal(choices.lifetime_cap),
        assumed_lifetime=decimal(choices.assumed_lifetime),
        window_days=choices.window_days,
        peer_minimum=choices.peer_minimum,
        referral_share=decimal(choices.referral_share),
    )
