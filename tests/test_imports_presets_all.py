"""What holds for every preset: a sample, a line in the documentation, and the same file twice is once."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils.translation import override

from customers.imports import pipeline, report
from customers.imports.kinds import KINDS
from customers.imports.presets import PRESETS, matching_presets, recognise_preset
from customers.imports.presets.generic import GENERIC
from customers.imports.recognise import recognise_file
from customers.imports.rejects import reject_rows
from customers.models import Upload
from tests.builders import make_customer, make_order
from tests.preset_samples import SAMPLES, customers, import_changed

DOCS = Path(__file__).resolve().parents[1] / "docs/presets.md"
FILES = sorted(path.name for path in SAMPLES.glob("*.csv"))
KNOWN = [preset for preset in PRESETS.values() if preset is not GENERIC]
USABLE = [name for name in FILES if name != "woocommerce_analytics.csv"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> None:
    """Orders and customers that payments and answers of the samples refer to."""
    for name in ("anna", "bram"):
        make_customer(name, email=f"{name}@example.com")
    for number in ("501", "502", "503"):
        make_order(None, "2025-01-01", "100.00", external_id=number)


def test_every_preset_has_a_sample_by_its_own_name() -> None:
    assert {name.removesuffix(".csv") for name in FILES} >= {preset.key for preset in KNOWN}


@pytest.mark.parametrize("preset", KNOWN, ids=lambda preset: preset.key)
def test_every_preset_fills_columns_that_its_kind_has(preset) -> None:  # type: ignore[no-untyped-def]
    columns = KINDS[preset.kind].columns
    assert {*preset.columns.values(), *preset.fixed, *preset.joined} <= set(columns)


@pytest.mark.parametrize("preset", KNOWN, ids=lambda preset: preset.key)
def test_every_preset_is_in_the_documentation(preset) -> None:  # type: ignore[no-untyped-def]
    assert f"`{preset.key}`" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", USABLE)
def test_a_sample_is_recognised_by_its_columns_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    path = tmp_path / "download (3).txt"
    path.write_bytes((SAMPLES / name).read_bytes())
    reading = recognise_file(path)
    assert not reading.obstacles
    assert name.startswith(reading.plan.preset)
    assert reading.preview


@pytest.mark.parametrize("name", USABLE)
def test_the_same_sample_again_is_a_no_op(name: str, shop: None) -> None:
    first = pipeline.import_file(SAMPLES / name)
    assert first.state == Upload.State.DONE, first.error
    again = pipeline.import_file(SAMPLES / name)
    assert again.counts["unchanged"] + again.counts["skipped"] == again.counts["read"] == first.counts["read"]
    assert not any(table["new"] or table["changed"] for table in again.facts.values())
    assert again.findings[0]["code"] == "already_imported"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("magento_orders.csv", "This export has a column for neither VAT nor discount"),
        ("mollie_settlements.csv", "its payments share it equally"),
        ("stripe_payments.csv", "a refund counts on the day of its order"),
    ],
)
def test_what_an_export_cannot_tell_is_said_after_the_import(name: str, said: str, shop: None) -> None:
    upload = pipeline.import_file(SAMPLES / name)
    with override("en"):
        assert any(said in report.describe_finding(found) for found in upload.findings)


@pytest.mark.parametrize("name", USABLE)
def test_nothing_is_taken_for_the_export_of_another_system(name: str) -> None:
    plan = recognise_file(SAMPLES / name).plan
    assert [preset.key for preset in matching_presets(plan.header)] == [plan.preset]


def test_columns_are_a_set_and_other_columns_do_not_matter() -> None:
    header = [*reversed(PRESETS["stripe_payments"].needs), "order_id (metadata)"]
    assert recognise_preset(header).key == "stripe_payments"


def test_of_two_presets_the_more_specific_one_counts_and_the_other_can_be_chosen() -> None:
    both = {*PRESETS["klaviyo_profiles"].needs, *PRESETS["shopify_customers"].needs}
    found = [preset.key for preset in matching_presets(sorted(both))]
    assert found == ["shopify_customers", "klaviyo_profiles"]


def test_the_command_names_the_presets_and_takes_one() -> None:
    out = StringIO()
    call_command(
        "import_csv", str(SAMPLES / "linkedin_ads.csv"), preset="linkedin_ads", json=True, stdout=out
    )
    told = json.loads(out.getvalue())
    assert (told["preset"], told["kind"], told["new"]) == ("linkedin_ads", "acquisition_costs", 3)


def test_rejected_records_of_a_preset_come_back_corrected(tmp_path: Path) -> None:
    first = import_changed(tmp_path, "magento_customers.csv", "May 8, 2023", "Feb 30, 2023")
    text = "".join(reject_rows(first)).replace("Feb 30, 2023", "May 8, 2023")
    path = tmp_path / "corrected.csv"
    path.write_text(text, encoding="utf-8", newline="")
    upload = pipeline.import_file(path)
    assert (upload.state, upload.preset) == (Upload.State.DONE, "magento_customers"), upload.error
    assert [name for _number, _email, name, *_rest in customers()] == ["Anna 't Hooft", "Daan van der Berg"]
