"""The ranked list as a file: for Dutch Excel, and for everything else."""

import pytest
from django.test import Client

from customers.models import Customer
from metrics.models import Run
from tests.builders import make_customer
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Run:
    """Anna, and Bram whose name is a formula; Carla has no orders, Daan objected."""
    run = make_run()
    anna = make_customer("A1", name="Anna; de Vries", email="anna@example.nl", acquisition_channel="ads")
    bram = make_customer("-2", name="=1+1", country="BE")
    carla = make_customer("C3", name='Carla "C." Smit')
    make_value(run, anna, orders=4, last_order="2025-03-20", revenue="1550", realised="1200.5", lifetime="7")
    make_value(run, bram, orders=2, last_order="2025-02-01", revenue="200", realised="-0.3333", lifetime="8")
    make_value(
        run, carla, orders=0, first_order=None, last_order=None, revenue="-70", realised="-75", lifetime=None
    )
    make_value(run, make_customer("D4", name="Daan", objects_to_profiling=True), realised="9000")
    return publish(run)


def read(client: Client, query: str) -> str:
    return b"".join(client.get(f"/customers/export/?{query}").streaming_content).decode("utf-8")


def test_for_excel_a_file_reads_as_the_dutch_write(marketer, cast):
    assert read(marketer, "layout=excel").split("\r\n") == [
        "\N{BYTE ORDER MARK}Rang;Klantnummer;Naam;Kanaal;Bestellingen;Laatste bestelling;Omzet;"
        "Gerealiseerde waarde",
        '1;A1;"Anna; de Vries";ads;4;20-03-2025;1550,0000;1200,5000',
        "2;'-2;'=1+1;onbekend;2;01-02-2025;200,0000;-0,3333",
        '3;C3;"Carla ""C."" Smit";onbekend;0;;-70,0000;-75,0000',
        "1 klant die bezwaar maakte",
        "",
    ]


def test_the_standard_file_has_identifiers_points_and_iso_dates(marketer, cast):
    marketer.cookies["django_language"] = "en"
    assert read(marketer, "layout=csv&method=lifetime&columns=orders&columns=last_order").split("\r\n") == [
        "rank,customer_id,name,orders,last_order,lifetime",
        "1,'-2,'=1+1,2,2025-02-01,8.0000",
        "2,A1,Anna; de Vries,4,2025-03-20,7.0000",
        '3,C3,"Carla ""C."" Smit",0,,',
        "1 customer who objected",
        "",
    ]


def test_the_file_holds_what_is_on_screen_and_no_more(marketer, cast):
    lines = read(marketer, "layout=csv&columns=country&country=BE&sort=value&value_max=100").splitlines()
    assert lines[1:-1] == ["2,'-2,'=1+1,BE,-0.3333"]
    searched = marketer.post("/customers/search/", {"text": "carla", "list": "columns=country"})["Location"]
    lines = read(marketer, f"layout=csv&{searched.partition('?')[2]}").splitlines()
    assert lines[1:-1] == ['3,C3,"Carla ""C."" Smit",,-75.0000']


def test_who_has_no_channel_is_named_in_the_readers_file_and_blank_in_the_standard_one(marketer, cast):
    def channels(query: str, delimiter: str) -> list[str]:
        return [line.split(delimiter)[-2] for line in read(marketer, query).splitlines()[2:-1]]

    assert channels("layout=excel&columns=channel", ";") == ["onbekend", "onbekend"]
    assert channels("layout=csv&columns=channel", ",") == ["", ""]


def test_the_file_stands_in_the_order_of_the_screen(marketer, cast):
    lines = read(marketer, "layout=csv&columns=revenue&sort=revenue").splitlines()
    assert [line.split(",")[1] for line in lines[1:-1]] == ["C3", "'-2", "A1"]


def test_while_nobody_has_a_value_the_file_is_numbered_as_the_screen(marketer):
    run = make_run()
    for number, revenue in (("A1", "100"), ("B2", "300")):
        make_value(run, make_customer(number), revenue=revenue, realised=None, cost_of_goods=None)
    run.totals = {"buyers": {"n": 2, "realised_known": 0}}
    publish(run)
    lines = read(marketer, "layout=csv&columns=revenue").splitlines()
    assert lines[1:-1] == ["1,B2,,300.0000,", "2,A1,,100.0000,"]


def test_who_objected_since_the_calculation_is_not_in_the_file(marketer, cast):
    Customer.objects.filter(external_id="A1").update(objects_to_profiling=True)
    assert "Anna" not in read(marketer, "layout=csv")


def test_all_rows_are_in_the_file_not_one_page(marketer):
    run = make_run()
    for number in range(60):
        make_value(run, make_customer(f"K{number:02}"), realised=str(number))
    publish(run)
    assert len(read(marketer, "layout=csv").splitlines()) == 62


def test_the_file_is_streamed_under_a_name_that_says_what_it_is(marketer, cast):
    response = marketer.get("/customers/export/?layout=csv&method=loyalty")
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="klantwaarde-loyalty-2025-12-31.csv"'


def test_without_a_calculation_or_with_an_unknown_layout_there_is_no_file(marketer):
    assert marketer.get("/customers/export/").status_code == 404
    publish(make_run())
    assert marketer.get("/customers/export/?layout=pdf").status_code == 404


def test_the_page_offers_both_files_with_its_own_filters(marketer, cast):
    response = marketer.get("/customers/?country=BE&page=1&evil=1")
    assert [url for _label, url in response.context["exports"]] == [
        "/customers/export/?country=BE&layout=excel",
        "/customers/export/?country=BE&layout=csv",
    ]
