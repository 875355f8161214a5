"""The table of a run is made from a query and then joins the whole: it must be of the same make."""

import pytest
from django.db import connection

from metrics import publishing
from metrics.models import CustomerValue
from tests.worked_example_shop import calculate, import_worked_example

WHOLE = CustomerValue._meta.db_table


def read(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def describe_columns(table):
    return sorted(
        read(
            "SELECT attname, format_type(atttypid, atttypmod), attcollation, attnotnull FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            table,
        )
    )


@pytest.mark.django_db(transaction=True)
def test_the_table_of_a_run_has_the_columns_and_the_indexes_of_the_whole_and_no_second_ones(tmp_path):
    import_worked_example(tmp_path)

    partition = publishing.name_partition(calculate().pk)

    assert describe_columns(partition) == describe_columns(WHOLE)
    parents = read("SELECT indexrelid FROM pg_index WHERE indrelid = to_regclass(%s)", WHOLE)
    joined = read(
        "SELECT inhparent FROM pg_index LEFT JOIN pg_inherits ON inhrelid = indexrelid"
        " WHERE indrelid = to_regclass(%s)",
        partition,
    )
    assert sorted(joined) == sorted(parents)


@pytest.mark.django_db(transaction=True)
def test_what_lists_are_searched_and_sorted_by_is_known_to_the_planner_when_a_run_is_published(tmp_path):
    import_worked_example(tmp_path)

    partition = publishing.name_partition(calculate().pk)

    searched = read(
        "SELECT DISTINCT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        " AND attnum = ANY (indkey) WHERE indrelid = to_regclass(%s)",
        partition,
    )
    known = read("SELECT attname FROM pg_stats WHERE tablename = %s", partition)
    assert searched
    assert set(searched) <= set(known)
    [(pages, visible)] = read(
        "SELECT relpages, relallvisible FROM pg_class WHERE oid = to_regclass(%s)", partition
    )
    assert pages == visible > 0  # an index alone will do to read from


@pytest.mark.django_db
def test_columns_that_indexes_read_stand_first_in_the_table_of_a_run():
    row = {**dict.fromkeys(NUMBERS, "1"), **dict.fromkeys(TEXTS, "''"), **dict.fromkeys(SWITCHES, "false")}
    publishing.write_partition(7, row, ONE_ROW)

    columns = read(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 ORDER BY attnum",
        publishing.name_partition(7),
    )
    names = [name for (name,) in columns]

    assert names.index("rank_gap") < names.index("channel") < names.index("external_id")
    assert read(f"SELECT run_id, customer_id, rfm, realised FROM {publishing.name_partition(7)}") == [
        (7, 1, "", None)
    ]


@pytest.mark.django_db
def test_a_value_for_a_column_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="has no column worth"):
        publishing.write_partition(7, {"customer_id": "1", "worth": "2"}, ONE_ROW)


ONE_ROW = "(VALUES (1)) AS one"
SWITCHES = ("objects_to_profiling", "margin_own")
TEXTS = ("external_id", "channel", "country", "first_category")
NUMBERS = (
    "customer_id", "orders", "occasions", "revenue", "transaction_cost", "acquisition_cost", "retention_cost",
    "window_revenue", "window_orders", "window_cost_to_serve",
)  # fmt: skip
