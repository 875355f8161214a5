"""Every URL of the site in every role, against one table. A URL without a row fails.

A new page is one line in ``ROWS``: its name, who gets which status, and what its address needs. A page that
also takes a form gets a second line with ``method="post"``. ``arguments`` may build more than it returns (a
published run, a running upload).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from customers.models import UploadBatch
from customers.persons.decisions import decline
from customers.quality.measure import measure_all, measure_upload
from metrics.models import CalculationSettings, OwnSegment, Run, Scenario, Target
from tests.builders import make_customer, make_order, make_upload, make_user
from tests.kpi_builders import LAST, YEAR, make_kpi, make_worked_figures
from tests.prediction_builders import make_prediction
from tests.satisfaction_builders import make_satisfaction, programme_of
from tests.value_builders import make_group, make_peers, make_run, publish

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "no role", "marketer", "manager", "admin")
SIGN_IN = "to the sign-in page"


@dataclass(frozen=True)
class Row:
    """What the URL called ``name`` answers each of ``ROLES``: a status, or ``SIGN_IN``."""

    name: str
    answers: tuple[int | str, ...]
    arguments: Callable[[], dict[str, Any]] = dict
    method: str = "get"
    data: Callable[[], dict[str, Any]] = dict

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


SIGNED_IN = (SIGN_IN, 200, 200, 200, 200)
MARKETERS = (SIGN_IN, 403, 200, 200, 200)
MANAGERS = (SIGN_IN, 403, 403, 200, 200)
ADMINS = (SIGN_IN, 403, 403, 403, 200)


def going_on(answers: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the same people's answers for an action, which sends on to another page."""
    return tuple(302 if answer == 200 else answer for answer in answers)


def someone() -> dict[str, Any]:
    return {"pk": make_user("joost").pk}


def an_upload() -> dict[str, Any]:
    return {"uuid": make_upload().uuid}


def a_kept_file() -> dict[str, Any]:
    upload = make_upload()
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.write_text("Ordernummer;Besteldatum;Bedrag\nA1;31-01-2025;1,50\n")
    return {"uuid": upload.uuid}


def a_batch() -> dict[str, Any]:
    return {"uuid": UploadBatch.objects.create().uuid}


def an_imported_batch() -> dict[str, Any]:
    batch = UploadBatch.objects.create()
    make_upload(batch=batch)
    return {"uuid": batch.uuid}


def a_finding() -> dict[str, Any]:
    make_order(None, "2025-01-05", "10")
    measure_all()
    return {"key": "orders_without_customer"}


def a_finding_of_an_upload() -> dict[str, Any]:
    upload = make_upload(kind="orders")
    measure_upload(upload)
    return {"uuid": upload.uuid, "key": "orders_without_customer"}


def a_decision() -> dict[str, Any]:
    return {"pk": decline("anna@example.nl", ["K1", "K2"], None).pk}


def a_decision_to_take() -> dict[str, Any]:
    make_customer("K1")
    make_customer("K2")
    return {"email": "anna@example.nl", "verdict": "same", "customer": ["K1", "K2"], "kept": "K1"}


def a_run() -> dict[str, Any]:
    return {"pk": Run.objects.create(settings=CalculationSettings.current()).pk}


def a_customer() -> dict[str, Any]:
    return {"pk": make_customer("anna").pk}


def a_published_run() -> dict[str, Any]:
    publish(make_run())
    return {}


def a_quarter() -> dict[str, Any]:
    publish(make_run())
    return {"quarter": "grow"}


def a_table_of_potential() -> dict[str, Any]:
    publish(make_run())
    return {"table": "quarters"}


def a_target() -> dict[str, Any]:
    days = {"first_day": "2025-01-01", "last_day": "2025-12-31"}
    return {"pk": Target.objects.create(kpi="revenue", value=1_000, **days).pk}


def a_channel() -> dict[str, Any]:
    run = publish(make_worked_figures())
    make_kpi(run, "new_customers", LAST, YEAR, 1, dimension="channel", member="ads")
    return {}


def a_table_of_predictions() -> dict[str, Any]:
    run = make_run()
    make_prediction(run)
    publish(run)
    return {"table": "history"}


def a_group() -> dict[str, Any]:
    run = make_run()
    make_peers(run)
    make_group(run)
    publish(run)
    return {}


def a_scenario() -> dict[str, Any]:
    return {"pk": Scenario.objects.create(name="Meer behoud", levers={"retention": "2"}).pk}


def figures() -> dict[str, Any]:
    publish(make_worked_figures())
    return {}


def figures_of_a_bridge() -> dict[str, Any]:
    run = make_worked_figures()
    for year in (2024, 2025):
        make_kpi(run, "contribution", date(year, 12, 1), YEAR, 100)
    publish(run)
    return {}


def answers_and_members() -> dict[str, Any]:
    run = make_run()
    make_satisfaction(run, programmes=[programme_of()])
    publish(run)
    return {}


def a_table_of_answers() -> dict[str, Any]:
    return {**answers_and_members(), "table": "boxes"}


def six_cards() -> dict[str, Any]:
    return {"kpis": ["revenue", "customers", "aov", "frequency", "nps", "clv"]}


def a_scheme() -> dict[str, Any]:
    publish(make_run())
    return {"scheme": "rfm"}


def a_segment() -> dict[str, Any]:
    return {**a_scheme(), "segment": "champions"}


def a_table_of_segments() -> dict[str, Any]:
    return {**a_scheme(), "table": "segments"}


def an_own_segment() -> dict[str, Any]:
    return {"slug": OwnSegment.objects.create(name="Ads", slug="ads", criteria={"channel": "ads"}).slug}


ROWS = [
    Row("overview", MARKETERS),
    Row("overview", MARKETERS, figures),
    Row("overview_export", MARKETERS, figures),
    Row("overview_bridge_export", MARKETERS, figures_of_a_bridge),
    Row("overview_top_export", MARKETERS, a_published_run),
    Row("overview_cards", going_on(MARKETERS), figures, method="post", data=six_cards),
    Row("predictions", MARKETERS),
    Row("predictions", MARKETERS, figures),
    Row("segments", MARKETERS),
    Row("segments", MARKETERS, a_published_run),
    Row("segment_scheme", MARKETERS, a_scheme),
    Row("segment_moves", MARKETERS, a_scheme),
    Row("segment_export", MARKETERS, a_table_of_segments),
    Row("segment", MARKETERS, a_segment),
    Row("segment_advice", going_on(MANAGERS), a_segment, method="post", data=lambda: {"text": "Bel ze."}),
    Row("segment_thresholds", MANAGERS),
    Row("segment_thresholds", MANAGERS, method="post"),
    Row("segment_own_add", MARKETERS),
    Row("segment_own_add", MARKETERS, a_published_run, method="post"),
    Row("segment_own_remove", (SIGN_IN, 403, 403, 302, 302), an_own_segment, method="post"),
    Row("help", SIGNED_IN),
    Row("login", (200, 302, 302, 302, 302)),
    Row("logout", (SIGN_IN, 302, 302, 302, 302), method="post"),
    Row("set_language", (302, 302, 302, 302, 302), method="post", data=lambda: {"language": "en"}),
    Row("password_change", SIGNED_IN),
    Row("password_change_done", SIGNED_IN),
    Row("uploads", MARKETERS),
    Row("uploads", MARKETERS, method="post"),
    Row("upload", MARKETERS, an_upload),
    Row("upload", going_on(MARKETERS), an_upload, method="post"),
    Row("upload_progress", MARKETERS, an_upload),
    Row("upload_confirm", going_on(MARKETERS), an_upload, method="post"),
    Row("upload_cancel", going_on(MARKETERS), an_upload, method="post"),
    Row("upload_undo", MARKETERS, an_upload),
    Row("upload_undo", going_on(MARKETERS), an_upload, method="post"),
    Row("upload_rejects", MARKETERS, an_upload),
    Row("upload_file", MARKETERS, a_kept_file),
    Row("upload_again", going_on(MARKETERS), a_kept_file, method="post"),
    Row("batch_start", MARKETERS, method="post"),
    Row("batch", MARKETERS, a_batch),
    Row("batch_files", (SIGN_IN, 403, 400, 400, 400), a_batch, method="post"),
    Row("batch_confirm", going_on(MARKETERS), a_batch, method="post"),
    Row("batch_cancel", going_on(MARKETERS), a_batch, method="post"),
    Row("batch_undo", going_on(MARKETERS), a_batch),
    Row("batch_undo", MARKETERS, an_imported_batch),
    Row("batch_undo", going_on(MARKETERS), an_imported_batch, method="post"),
    Row("upload_without", going_on(MARKETERS), an_upload, method="post"),
    Row("upload_quality", MARKETERS, a_finding_of_an_upload),
    Row("upload_quality_export", MARKETERS, a_finding_of_an_upload),
    Row("quality", MARKETERS),
    Row("quality_measure", going_on(MARKETERS), method="post"),
    Row("quality_rows", MARKETERS, a_finding),
    Row("quality_export", MARKETERS, a_finding),
    Row("persons", MARKETERS),
    Row("person_decide", going_on(MARKETERS), method="post", data=a_decision_to_take),
    Row("person_take_back", going_on(MARKETERS), a_decision, method="post"),
    Row("runs", MARKETERS),
    Row("run_progress", MARKETERS, a_run),
    Row("recalculate", going_on(MARKETERS), method="post"),
    Row("customers", MARKETERS),
    Row("customers", MARKETERS, a_published_run),
    Row("customers_search", going_on(MARKETERS), method="post", data=lambda: {"text": "anna"}),
    Row("customers_export", MARKETERS, a_published_run),
    Row("customer", MARKETERS, a_customer),
    Row("customer_erase", MANAGERS, a_customer),
    Row("customer_erase", (SIGN_IN, 403, 403, 400, 400), a_customer, method="post"),
    Row("erasures", MANAGERS),
    Row("channels", MARKETERS),
    Row("channels", MARKETERS, figures),
    Row("predictions_export", MARKETERS, a_table_of_predictions),
    Row("channels_export", MARKETERS, figures),
    Row("channel", MARKETERS, a_channel, data=lambda: {"channel": "ads"}),
    Row("campaigns_export", MARKETERS, a_channel, data=lambda: {"channel": "ads"}),
    Row("cohorts", MARKETERS),
    Row("cohorts", MARKETERS, a_published_run),
    Row("cohorts_export", MARKETERS, a_published_run),
    Row("satisfaction", MARKETERS),
    Row("satisfaction", MARKETERS, answers_and_members),
    Row("satisfaction_export", MARKETERS, a_table_of_answers),
    Row("programmes", MARKETERS),
    Row("programmes", MARKETERS, answers_and_members),
    Row("potential", MARKETERS),
    Row("potential", MARKETERS, a_published_run),
    Row("potential_customers", MARKETERS, a_quarter),
    Row("potential_export", MARKETERS, a_quarter),
    Row("potential_table_export", MARKETERS, a_table_of_potential),
    Row("at_risk", MARKETERS),
    Row("at_risk", MARKETERS, a_published_run),
    Row("at_risk_export", MARKETERS, a_published_run),
    Row("targets", MARKETERS),
    Row("targets", MARKETERS, figures),
    Row("targets_export", MARKETERS, figures),
    Row("target_changes_export", MARKETERS),
    Row("target_add", MANAGERS),
    Row("target_add", MANAGERS, method="post"),
    Row("target_edit", MANAGERS, a_target),
    Row("target_edit", MANAGERS, a_target, method="post"),
    Row("target_remove", MANAGERS, a_target),
    Row("target_remove", going_on(MANAGERS), a_target, method="post"),
    Row("whatif", MARKETERS),
    Row("whatif", MARKETERS, a_group),
    Row("whatif_export", MARKETERS, a_group),
    Row("whatif_compare", MARKETERS),
    Row("scenario_save", going_on(MARKETERS), method="post"),
    Row("scenario_remove", going_on(MARKETERS), a_scenario, method="post"),
    Row("settings", ADMINS),
    Row("settings", ADMINS, method="post"),
    Row("users", ADMINS),
    Row("user_add", ADMINS),
    Row("user_add", ADMINS, method="post"),
    Row("user_edit", ADMINS, someone),
    Row("user_edit", ADMINS, someone, method="post"),
    Row("user_password", ADMINS, someone),
    Row("user_password", ADMINS, someone, method="post"),
]


def names_of_urls(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    """Yield the name of every URL; one without a name is yielded as its path, which no row can match."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names_of_urls(pattern.url_patterns)
        else:
            yield pattern.name or f"(no name) {pattern.pattern}"


def test_every_url_has_a_row() -> None:
    assert set(names_of_urls(get_resolver().url_patterns)) == {row.name for row in ROWS}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_url_answers_a_role_as_the_table_says(row: Row, role: str, client: Client) -> None:
    url = reverse(row.name, kwargs=row.arguments())
    if role != "anonymous":
        client.force_login(make_user("reader", role="" if role == "no role" else role))
    response = getattr(client, row.method)(url, row.data())
    expected = row.answers[ROLES.index(role)]
    if expected == SIGN_IN:
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("login"))
    else:
        assert response.status_code == expected
