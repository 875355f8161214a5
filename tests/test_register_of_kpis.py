"""Nothing shows a KPI that is not in the register, and what shows one calls it what the register does."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from docs import key_figures
from klantwaarde.catalogue import catalogue_path, read_catalogue, real_messages
from metrics.kpis import KPIS
from metrics.models import KpiValue, Run, Target
from metrics.pages.channels.notes import COLUMNS
from metrics.pages.overview.charts import CHARTED
from metrics.pages.overview.chosen import AVAILABLE
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db

PAGES = (
    "overview", "channels", "cohorts", "satisfaction", "programmes", "potential", "at_risk", "predictions",
    "targets", "whatif", "whatif_compare", "segments", "customers", "help",
)  # fmt: skip
ABOUT_ONE = (
    ("segment_scheme", ("rfm",), ""), ("segment_scheme", ("segment",), ""), ("segment_moves", ("tier",), ""),
    ("segment", ("lifecycle", "loyal"), ""), ("channel", (), "channel=ads"), ("overview", (), "window=month"),
    ("overview", (), "dimension=channel&member=ads&kpi=frequency"),
    ("cohorts", (), "rows=channel&show=payback"), ("satisfaction", (), "scale=csat"),
    ("whatif", (), "dimension=channel&member=ads&retention=2"),
)  # fmt: skip
FILES = (
    ("overview_export", (), ""), ("overview_bridge_export", (), ""), ("channels_export", (), ""),
    ("channels_export", (), "table=maximum"), ("channels_export", (), "table=keeping"),
    ("campaigns_export", (), "channel=ads"), ("cohorts_export", (), ""), ("targets_export", (), ""),
    ("segment_export", ("rfm", "segments"), ""), ("segment_export", ("rfm", "history"), ""),
    ("segment_export", ("rfm", "moves"), ""), ("satisfaction_export", ("boxes",), "scale=nps"),
    ("satisfaction_export", ("segments",), "scale=nps"), ("satisfaction_export", ("programmes",), ""),
    ("whatif_export", (), "table=parts"), ("whatif_export", (), "table=sensitivity"),
)  # fmt: skip
#: Columns whose name is a word of its own in the file that has them: who is in a segment or a cohort.
WORDS = ("customers",)
#: A query that reads figures says of which KPIs: one, or some.
ASKED = re.compile(r'"metrics_kpivalue"\."kpi" (?:= (\'\w+\')|IN \(([^)]*)\))')


@pytest.fixture(scope="module")
def run(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Run]:
    """The worked example, calculated once."""
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


@pytest.fixture
def reader(run, marieke):
    """Somebody who reads the pages of the run, with a target of every KPI."""
    for key in KPIS:
        Target.objects.create(kpi=key, first_day="2025-01-01", last_day="2025-12-31", value=1)
    return marieke


def ask(client: Any, name: str, args: tuple[str, ...], query: str) -> Any:
    response = client.get(f"{reverse(name, args=args)}?{query}")
    assert response.status_code == 200, (name, args, query)
    return response


def test_a_calculation_writes_no_kpi_that_the_register_does_not_know(run):
    written = KpiValue.objects.filter(run=run).order_by().values_list("kpi", flat=True).distinct()
    assert set(written) <= set(KPIS)
    # Fewer than 30 customers tell no maximum; everything else is written, known or not.
    assert set(KPIS) - set(written) == {"maximum_cac"}


def test_no_page_and_no_file_reads_a_kpi_that_the_register_does_not_know(reader):
    asked: set[str] = set()
    for name, args, query in (*((page, (), "") for page in PAGES), *ABOUT_ONE, *FILES):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(reader, name, args, query)
        for one, some in (match for query in queries for match in ASKED.findall(query["sql"])):
            asked |= set(re.findall(r"'(\w+)'", one or some))
    assert asked == set(KPIS), "each is read by some page, and none besides"


@pytest.mark.parametrize("page", ["overview", "cohorts", "satisfaction", "targets"])
def test_every_card_is_a_kpi_with_the_definition_of_the_register(reader, page):
    context = ask(reader, page, (), "").context
    known = {str(kpi.label): str(kpi.definition) for kpi in KPIS.values()}
    cards = context["running"] + context["ended"] if page == "targets" else context["cards"]
    assert cards
    for card in cards:
        assert str(card["label"]) in known
        assert str(card.get("definition", known[str(card["label"])])) == known[str(card["label"])]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_what_a_kpi_means_goes_to_one_of_the_register(reader, page):
    found = re.findall(r"#kpi-([\w-]+)", ask(reader, page, (), "").content.decode())
    assert set(found) <= set(KPIS)


def test_what_can_be_chosen_is_of_the_register(reader):
    overview = ask(reader, "overview", (), "").context
    assert {choice["value"] for choice in overview["charted"]} == set(CHARTED) <= set(KPIS)
    assert set(AVAILABLE) <= set(KPIS)
    assert {str(row["label"]) for row in overview["table"]["rows"]} == {
        str(kpi.label) for kpi in KPIS.values()
    }
    assert COLUMNS["ltv_cac"] is KPIS["ltv_cac"].label


@pytest.mark.parametrize(("name", "args", "query"), FILES)
def test_a_column_with_the_key_of_a_kpi_has_its_name(reader, name, args, query):
    """The standard layout heads columns by key, the one for Excel as on screen."""
    heads = []
    for layout, delimiter in (("csv", ","), ("excel", ";")):
        content = ask(reader, name, args, f"{query}&layout={layout}").content.decode("utf-8-sig")
        heads.append(next(csv.reader(io.StringIO(content), delimiter=delimiter)))
    for key, label in zip(*heads, strict=True):
        if key in KPIS and key not in WORDS:
            with override("en"):
                assert label == str(KPIS[key].label)


@pytest.mark.parametrize("name", ["overview_export", "targets_export"])
def test_rows_that_are_kpis_are_called_what_the_register_calls_them(reader, name):
    content = ask(reader, name, (), "layout=csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    with override("en"):
        assert {row["kpi"]: row["label"] for row in rows} == {key: str(KPIS[key].label) for key in KPIS}


@pytest.mark.parametrize("language", key_figures.PAGES)
def test_the_documentation_lists_every_kpi_as_the_register_has_it(language):
    written = key_figures.PAGES[language].read_text(encoding="utf-8")
    assert written == key_figures.write_page(language), "python -m docs.key_figures writes it anew"


def test_everything_the_register_says_is_there_in_dutch():
    dutch = {
        message.id: message.string
        for message in real_messages(read_catalogue(catalogue_path()))
        if isinstance(message.id, str)
    }
    for kpi in KPIS.values():
        parts = [part.label for part in (kpi.above, kpi.below) if part]
        with override("en"):
            texts = [str(text) for text in (kpi.label, kpi.definition, *parts)]
        assert [text for text in texts if not dutch.get(text)] == []
