"""Columns on their way from the database to numpy."""

import ibis
import numpy as np
import pytest
from django.db import connection, transaction

from metrics.workspace import PostgresWorkspace

pytestmark = pytest.mark.django_db(transaction=True)
SOLD = ibis.table({"label": "string", "customer": "int64", "amount": "int64"}, name="sold")


@pytest.fixture
def work():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE sold (label text, customer bigint, amount bigint)")
            rows = "('garden', 20000, 7), ('', 3, -5), ('garden', 1, 9000000000), ('Größe', 2, 0)"
            cursor.execute(f"INSERT INTO sold VALUES {rows}")
        yield PostgresWorkspace()
        transaction.set_rollback(True)


def test_rows_come_in_the_order_that_was_asked_for(work):
    found = work.read_arrays(SOLD.order_by("customer").select("customer", "amount"), "customer")
    assert {name: column.tolist() for name, column in found.items()} == {
        "customer": [1, 2, 3, 20_000],
        "amount": [9_000_000_000, 0, -5, 7],
    }


def test_parts_of_one_block_are_put_together_in_order(work):
    parts = [SOLD.filter(SOLD.customer > 2), SOLD.filter(SOLD.customer <= 2)]
    found = work.read_parts(
        [part.order_by("customer").select("amount", "customer") for part in parts], "customer"
    )
    assert found["customer"].tolist() == [1, 2, 3, 20_000]
    assert found["amount"].tolist() == [9_000_000_000, 0, -5, 7]


def test_groups_have_the_rows_of_each_label(work):
    found = work.read_groups(SOLD, "label")
    rows = {
        label: sorted(zip(columns["customer"].tolist(), columns["amount"].tolist(), strict=True))
        for label, columns in found.items()
    }
    assert rows == {"": [(3, -5)], "Größe": [(2, 0)], "garden": [(1, 9_000_000_000), (20_000, 7)]}


@pytest.mark.parametrize("amount", ["nullif(amount, 7)", "NULL::bigint"])
def test_what_is_not_known_is_refused_and_not_left_out(work, amount):
    with pytest.raises(ValueError, match="amount must be whole numbers, one of them is NULL"):
        work.read_numbers(f"SELECT {amount} FROM sold", ("amount",))


def test_nothing_is_read_from_no_rows(work):
    assert work.read_arrays(SOLD.filter(SOLD.customer < 0).drop("label"), "customer")["amount"].tolist() == []


@pytest.mark.parametrize("edge", [2**31 - 1, 2**31, -(2**31), -(2**62)])
def test_columns_come_back_as_they_were_kept(work, edge):
    numbers = np.arange(20_001)  # more than are sent at a time
    amounts = np.where(numbers == 20_000, edge, -numbers)
    work.load_numbers("kept", {"customer": numbers, "amount": amounts})
    found = work.read_numbers(
        "SELECT customer, amount::bigint FROM calculation_kept ORDER BY customer", ("customer", "amount")
    )
    assert (found["customer"] == numbers).all()
    assert (found["amount"] == amounts).all()


def test_columns_without_rows_can_be_kept(work):
    nothing = np.zeros(0, dtype=np.int64)
    work.load_numbers("kept", {"customer": nothing, "amount": nothing})
    assert work.read_sql("SELECT * FROM calculation_kept") == []
