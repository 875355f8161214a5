"""Mollie settlements and Stripe payments: what orders cost to be paid, and what was given back."""

from pathlib import Path

import pytest
from django.db import connection
from django.utils.translation import override

from customers.imports import pipeline, report, undo
from customers.imports.presets.order_number import read_order_number
from customers.imports.recognise import recognise_file
from customers.models import Order, Upload, UploadReject
from tests.builders import make_order
from tests.preset_samples import (
    SAMPLES,
    import_changed,
    import_sample,
    refunds,
    rejects_of,
    transaction_costs,
)

pytestmark = pytest.mark.django_db

#: Bank accounts, BICs and cards of the samples.
SECRETS = r"NL00TEST|TESTNL2A|\m4242\M|card_0001"  # as a word: the fraction of a second may have these digits


@pytest.fixture(autouse=True)
def orders_of_the_shop() -> None:
    """What the samples are payments of: 121.00, 50.00 and 36.30 with VAT."""
    make_order(None, "2025-01-01", "100.00", external_id="501")
    make_order(None, "2025-01-03", "50.00", external_id="502")
    make_order(None, "2025-01-04", "30.00", external_id="503")


def sentences(upload: Upload) -> list[str]:
    with override("en"):
        return [report.describe_finding(found) for found in upload.findings]


def test_payments_of_a_mollie_settlement_share_what_was_withheld() -> None:
    upload = import_sample("mollie_settlements.csv")
    assert (upload.preset, upload.kind) == ("mollie_settlements", "payments")
    # 1.00 over three payments: what rounding leaves goes to the lowest order number.
    assert transaction_costs() == {"501": "0.3334", "502": "0.3333", "503": "0.3333"}


def test_refunds_of_a_mollie_settlement_are_brought_to_net_in_the_proportion_of_the_order() -> None:
    import_sample("mollie_settlements.csv")
    assert refunds() == [
        ("chb_eee555", "", "2025-01-09", "25.0000"),  # a chargeback names no order
        ("re_ddd444", "501", "2025-01-06", "10.0000"),  # 12.10 × 100.00 / 121.00
    ]


def test_the_records_and_totals_of_a_mollie_settlement_add_up() -> None:
    upload = import_sample("mollie_settlements.csv")
    assert {name: upload.counts[name] for name in ("read", "new", "changed", "unchanged")} == {
        "read": 6, "new": 1, "changed": 5, "unchanged": 0,
    }  # fmt: skip
    assert (
        upload.control_totals.items()
        >= {
            "payments": 3,
            "paid": "207.30",
            "transaction_cost": "1.0000",
            "refunds": 2,
            "refunded": "35.0000",
            "first_day": "2025-01-01",
            "last_day": "2025-01-09",
        }.items()
    )


def test_the_same_settlement_again_changes_nothing() -> None:
    import_sample("mollie_settlements.csv")
    upload = import_sample("mollie_settlements.csv")
    assert (upload.counts["unchanged"], upload.counts["read"]) == (6, 6)
    assert upload.facts == {"orders": {"new": 0, "changed": 0}, "refunds": {"new": 0, "changed": 0}}


def test_a_payment_of_an_unknown_order_is_rejected_and_the_others_keep_their_share() -> None:
    Order.objects.filter(external_id="503").delete()
    upload = pipeline.import_file(SAMPLES / "mollie_settlements.csv")
    with override("en"):
        assert [reject.sentence for reject in upload.rejects.all()] == [
            "Line 4, column “Description”: order “503” is not known here. Import the orders first."
        ]
    assert transaction_costs() == {"501": "0.3334", "502": "0.3333"}


def test_a_refund_of_an_unknown_order_is_kept_and_listed_and_finds_its_order_later(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "mollie_settlements.csv", "Terugbetaling bestelling 501", "Order 777")
    assert ("re_ddd444", "", "2025-01-06", "12.1000") in refunds()
    assert any("names an order that is not known" in sentence for sentence in sentences(upload))


def test_a_refund_whose_payment_is_in_another_file_is_listed_as_holding_vat(tmp_path: Path) -> None:
    upload = import_changed(
        tmp_path, "mollie_settlements.csv", "tr_aaa111,Bestelling 501", "tr_x,Bestelling 502"
    )
    assert ("re_ddd444", "501", "2025-01-06", "12.1000") in refunds()
    assert any("its VAT is not known and is still in it: re_ddd444" in found for found in sentences(upload))


def test_costs_of_a_settlement_without_payments_are_listed(tmp_path: Path) -> None:
    upload = import_changed(
        tmp_path, "mollie_settlements.csv", "EUR,-1.00,1000000.2501.01", "EUR,-1.00,1000000.2501.09"
    )
    assert any("1000000.2501.09" in sentence for sentence in sentences(upload))
    assert transaction_costs() == {}


def test_a_broken_amount_is_rejected_with_line_and_column_and_without_the_bank_account(
    tmp_path: Path,
) -> None:
    upload = import_changed(tmp_path, "mollie_settlements.csv", "EUR,121.00,1000000", "EUR,12a,1000000")
    assert rejects_of(upload) == [(2, "Settlement amount", "not_amount")]
    assert "NL00TEST0000000001" not in str(UploadReject.objects.get().record)


def test_no_bank_account_or_card_is_kept_anywhere(tmp_path: Path) -> None:
    import_sample("mollie_settlements.csv")
    import_changed(tmp_path, "mollie_settlements.csv", "2025-01-01 00:31:00", "2025-01-01 00:31:00,shifted")
    import_changed(tmp_path, "stripe_payments.csv", "2024-12-31 23:31:00", "31 December")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', [SECRETS])
            assert cursor.fetchone() == (0,), table


def test_stripe_fees_go_to_the_order_and_what_was_given_back_to_its_day() -> None:
    upload = import_sample("stripe_payments.csv")
    assert upload.preset == "stripe_payments"
    assert transaction_costs() == {"501": "2.0700", "502": "1.2600"}  # two payments of 502: 1.00 + 0.26
    assert refunds() == [("ch_0001", "501", "2025-01-01", "10.0000")]  # 23:31 in UTC is the next day here


def test_stripe_payments_in_test_mode_or_never_captured_are_skipped() -> None:
    upload = import_sample("stripe_payments.csv")
    assert (upload.counts["read"], upload.counts["skipped"], upload.counts["rejected"]) == (5, 2, 0)
    assert "503" not in transaction_costs()


def test_the_same_stripe_export_again_changes_nothing() -> None:
    import_sample("stripe_payments.csv")
    upload = import_sample("stripe_payments.csv")
    assert (upload.counts["unchanged"], upload.counts["skipped"]) == (3, 2)


def test_another_transaction_cost_is_replaced_and_listed() -> None:
    import_sample("stripe_payments.csv")
    upload = import_sample("mollie_settlements.csv")
    assert any(
        "had another transaction cost, which this file replaces: 501, 502" in s for s in sentences(upload)
    )


def test_undoing_a_settlement_takes_costs_and_refunds_back() -> None:
    import_sample("stripe_payments.csv")
    upload = import_sample("mollie_settlements.csv")
    found = undo.undo(upload)
    assert set(found.tables) == {"orders", "refunds"}
    assert transaction_costs() == {"501": "2.0700", "502": "1.2600"}
    assert [number for number, *_rest in refunds()] == ["ch_0001"]


@pytest.mark.parametrize(
    ("description", "number"),
    [
        ("Bestelling 501", "501"),
        ("Order #502", "502"),
        ("Voorbeeldwinkel 24 - Order 501", "501"),
        ("503", "503"),
        ("#1001", "1001"),
        ("Bestelnummer: 2025-0001", "2025-0001"),
        ("Original payment: tr_x - Order 000000101", "000000101"),
        ("Factuur nr. F-2025.17", "F-2025.17"),
        ("Cadeaubon", "Cadeaubon"),
        ("Klant 12, tafel 4", "Klant 12, tafel 4"),
    ],
)
def test_the_order_is_read_from_what_a_payment_says_it_is_for(description: str, number: str) -> None:
    assert read_order_number(description) == number


def test_the_preview_shows_the_file_as_it_stands_but_for_bank_accounts() -> None:
    reading = recognise_file(SAMPLES / "mollie_settlements.csv")
    places = {column.header: index for index, column in enumerate(reading.plan.columns)}
    _line, cells = reading.preview[0]
    order, account = cells[places["Description"]], cells[places["Consumer bank account"]]
    assert (order.text, order.understood) == ("Bestelling 501", "501")
    assert account.text == "•••"
