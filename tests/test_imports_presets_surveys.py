"""Typeform: answers to the question whether one would recommend the shop."""

from pathlib import Path

import pytest

from customers.models import SurveyAnswer, Upload
from tests.builders import make_customer
from tests.preset_samples import import_changed, import_sample, rejects_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def customers_of_the_shop() -> None:
    for name in ("anna", "bram", "chris"):
        make_customer(name, email=f"{name}@example.com")


def answers() -> list[tuple[str, str, str, str, int]]:
    """Return (number, customer, day, scale, score) of every answer."""
    found = SurveyAnswer.objects.select_related("customer").order_by("external_id")
    return [(a.external_id, a.customer.external_id, str(a.answered_on), a.scale, a.score) for a in found]


def test_typeform_scores_are_nps_of_the_shops_own_day() -> None:
    upload = import_sample("typeform.csv")
    assert (upload.preset, upload.kind) == ("typeform", "survey_answers")
    assert answers() == [
        ("r0001", "anna", "2025-04-01", "nps", 9),  # 31 March 22:12 in UTC
        ("r0002", "bram", "2025-04-02", "nps", 3),
    ]
    assert upload.counts["skipped"] == 1  # a response that was started and not sent


def test_a_score_beyond_the_scale_is_rejected_at_the_question(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "typeform.csv", "r0002,3,", "r0002,30,")
    assert rejects_of(upload) == [(3, "Hoe waarschijnlijk is het dat je ons aanbeveelt?", "off_scale")]


def test_a_form_without_that_question_asks_for_the_score(tmp_path: Path) -> None:
    upload = import_changed(
        tmp_path, "typeform.csv", "Hoe waarschijnlijk is het dat je ons aanbeveelt?", "Welke kleur?"
    )
    assert upload.state == Upload.State.FAILED
    assert {error["code"] for error in upload.errors} == {"missing_column"}
