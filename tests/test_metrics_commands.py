"""The commands as cron and analysts use them: standard output, standard error, exit code."""

import csv
import io
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from customers.models import Customer
from metrics.models import Publication, Run
from tests.builders import make_customer, make_order, make_refund
from tests.worked_example_shop import calculate, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)


def read(command, *arguments):
    """Run a command and read its standard output as CSV."""
    output = io.StringIO()
    call_command(command, *arguments, stdout=output)
    return list(csv.DictReader(io.StringIO(output.getvalue())))


def test_recalculate_publishes_and_says_what_came_of_it(tmp_path):
    import_worked_example(tmp_path)
    output = io.StringIO()

    call_command("recalculate", "--as-of", "2025-12-31", "--json", stdout=output)

    said = json.loads(output.getvalue())
    run = Publication.objects.get().run
    assert (said["run"], said["as_of"], said["customers"]) == (run.pk, "2025-12-31", 5)
    assert (said["revenue"], said["contribution"], said["realised"]) == ("1000.0000", "513.0000", "-53.0000")
    assert said["acquisition"]["unallocated"] == "186.0000"


def test_recalculate_does_the_calculation_that_waits_for_a_worker(tmp_path):
    import_worked_example(tmp_path)
    waiting = Run.objects.get(state=Run.State.QUEUED)

    call_command("recalculate", stdout=io.StringIO())

    assert (Publication.objects.get().run, Run.objects.count()) == (waiting, 1)


def test_recalculate_refuses_what_is_not_a_day():
    with pytest.raises(CommandError, match=r"'31-12-2025' is not a day such as 2025-12-31"):
        call_command("recalculate", "--as-of", "31-12-2025")


def test_recalculate_refuses_a_day_before_the_first_order_and_keeps_what_is_published(tmp_path):
    import_worked_example(tmp_path)
    published = calculate()

    with pytest.raises(CommandError, match=r"--as-of 1925-12-31 is before the first order, of 2024-01-10"):
        call_command("recalculate", "--as-of", "1925-12-31")

    assert Publication.objects.get().run == published


def test_recalculate_takes_a_day_to_come_as_today(tmp_path):
    import_worked_example(tmp_path)
    call_command("recalculate", "--as-of", "2099-01-01", stdout=io.StringIO())
    assert Publication.objects.get().run.as_of == timezone.localdate(timezone=ZoneInfo("Europe/Amsterdam"))


def test_customers_are_exported_best_first(tmp_path):
    import_worked_example(tmp_path)
    calculate()

    rows = read("export_customers")

    assert list(rows[0])[:14] == [
        "rank", "customer_id", "orders", "first_order", "last_order", "revenue", "contribution",
        "acquisition_cost", "retention_cost", "transaction_cost", "realised", "periodic", "lifetime",
        "loyalty",
    ]  # fmt: skip
    assert [(row["rank"], row["customer_id"], row["realised"]) for row in rows] == [
        ("1", "A", "60.1666"), ("2", "D", "-5.0000"), ("3", "E", "-17.5000"), ("4", "C", "-21.3333"),
        ("5", "B", "-69.3333"),
    ]  # fmt: skip
    assert (rows[1]["first_order"], rows[1]["lifetime"], rows[0]["first_order"]) == ("", "", "2024-01-10")


def test_the_method_and_the_number_of_customers_can_be_chosen(tmp_path):
    import_worked_example(tmp_path)
    calculate()

    rows = read("export_customers", "--method", "lifetime", "--limit", "2")

    assert [(row["rank"], row["customer_id"]) for row in rows] == [("1", "A"), ("2", "C")]


def test_who_objects_is_a_number_in_the_last_line_only(tmp_path):
    import_worked_example(tmp_path)
    Customer.objects.filter(external_id="B").update(objects_to_profiling=True)
    calculate()

    rows = read("export_customers")

    assert [row["customer_id"] for row in rows] == ["A", "D", "E", "C", "1 customer who objected"]
    assert (rows[-1]["rank"], rows[-1]["revenue"], rows[-1]["realised"]) == ("", "200.0000", "-69.3333")
    assert sum(float(row["revenue"]) for row in rows) == 1000


def test_who_objects_after_the_calculation_has_left_the_file_and_the_totals_stay_whole(tmp_path):
    import_worked_example(tmp_path)
    Customer.objects.filter(external_id="B").update(objects_to_profiling=True)
    calculate()
    Customer.objects.filter(external_id="C").update(objects_to_profiling=True)

    rows = read("export_customers")

    assert [row["customer_id"] for row in rows] == ["A", "D", "E", "2 customers who objected"]
    assert (rows[-1]["revenue"], rows[-1]["realised"]) == ("340.0000", "-90.6666")
    assert sum(float(row["revenue"]) for row in rows) == 1000


def test_the_best_few_are_customers_alone(tmp_path):
    import_worked_example(tmp_path)
    Customer.objects.filter(external_id="B").update(objects_to_profiling=True)
    calculate()

    rows = read("export_customers", "--limit", "2")

    assert [row["customer_id"] for row in rows] == ["A", "D"]


def test_kpis_are_exported_with_their_parts(tmp_path):
    import_worked_example(tmp_path)
    calculate()

    rows = read("export_kpis")

    found = {
        row["kpi"]: (row["value"], row["numerator"], row["denominator"], row["n"])
        for row in rows
        if (row["period"], row["window"], row["dimension"]) == ("2025-12-01", "12m", "")
    }
    assert found["aov"] == ("112.0000", "560", "5", "5")
    assert found["retention_rate"] == ("0.666667", "2", "3", "3")
    assert found["revenue"] == ("550.0000", "550", "", "5")
    assert found["customers"] == ("3", "3", "", "3")


def test_kpis_can_be_exported_of_some_dimensions_alone(tmp_path):
    import_worked_example(tmp_path)
    calculate()

    rows = read(
        "export_kpis", "--kpi", "revenue", "--kpi", "aov", "--dimension", "shop", "--dimension", "country"
    )

    assert {row["kpi"] for row in rows} == {"revenue", "aov"}
    assert {row["dimension"] for row in rows} == {"", "country"}
    year = {
        (row["dimension"], row["member"]): row["numerator"]
        for row in rows
        if (row["kpi"], row["period"], row["window"]) == ("revenue", "2025-12-01", "12m")
    }
    anonymous = read("export_kpis", "--kpi", "revenue", "--dimension", "anonymous")
    [nobody] = [
        row["numerator"] for row in anonymous if (row["period"], row["window"]) == ("2025-12-01", "12m")
    ]
    of_countries = [Decimal(amount) for (dimension, _member), amount in year.items() if dimension]
    assert sum(of_countries) + Decimal(nobody) == Decimal(year["", ""]) == 550


def test_a_dimension_that_has_no_kpis_is_named_with_those_that_have(tmp_path):
    import_worked_example(tmp_path)
    calculate()
    with pytest.raises(CommandError, match=r"no KPIs by 'colour'. There are: anonymous, campaign, channel"):
        call_command("export_kpis", "--dimension", "colour", stdout=io.StringIO())


@pytest.mark.parametrize("command", ["export_customers", "export_kpis"])
def test_before_the_first_calculation_an_export_says_so(command):
    with pytest.raises(CommandError, match="no calculation has been published"):
        call_command(command)


def test_a_calculation_that_fails_is_written_down_and_is_an_error(tmp_path, monkeypatch):
    import_worked_example(tmp_path)
    monkeypatch.setattr("metrics.publishing.publish", lambda run, findings: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        call_command("recalculate")

    run = Run.objects.get()
    assert (run.state, run.error) == (Run.State.FAILED, "division by zero")


def test_a_database_that_goes_away_is_a_sentence(tmp_path, monkeypatch):
    file = tmp_path / "orders.csv"
    file.write_text("Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n1;K1;31-01-2025;19,95\n")

    def go_away(*_args, **_choices):
        raise OperationalError("terminating connection due to unexpected postmaster exit\nmore")

    monkeypatch.setattr("metrics.pipeline.recalculate", go_away)
    monkeypatch.setattr("customers.imports.pipeline.import_files", go_away)
    for command in (["recalculate"], ["import_csv", str(file)]):
        with pytest.raises(CommandError, match=r"went away: .* postmaster exit\. .*run this again\.$"):
            call_command(*command)


def test_a_file_is_not_blamed_for_a_reader_that_has_enough():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        call_command("import_csv", "--list", "--json", stdout=Closed())


def test_while_no_cost_is_known_customers_are_exported_by_revenue_and_it_is_said():
    anna, bram, carla = make_customer("A"), make_customer("B"), make_customer("C")
    make_order(anna, "2025-01-05", "20")
    make_order(bram, "2025-01-06", "30")
    make_refund("2025-01-06", "5", customer=carla)
    said, output, errors = io.StringIO(), io.StringIO(), io.StringIO()
    call_command("recalculate", stdout=said)

    call_command("export_customers", stdout=output, stderr=errors)

    rows = csv.DictReader(io.StringIO(output.getvalue()))
    assert [(row["rank"], row["customer_id"], row["revenue"], row["realised"]) for row in rows] == [
        ("1", "B", "30.0000", ""), ("2", "A", "20.0000", ""), ("3", "C", "-5.0000", "-5.0000"),
    ]  # fmt: skip
    assert "Ranked by revenue." in errors.getvalue()
    assert "realised: n.a., a cost in it is not known for everyone" in said.getvalue()
