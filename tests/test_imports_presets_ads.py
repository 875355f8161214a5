"""Reports of advertising: what a campaign cost on each day, from Google, Meta and LinkedIn."""

from dataclasses import replace
from pathlib import Path

import pytest

from customers.imports import pipeline
from customers.imports.recognise import recognise_file
from customers.imports.transforms import Made
from customers.models import Upload
from tests.preset_samples import SAMPLES, costs, import_changed, import_sample, rejects_of

pytestmark = pytest.mark.django_db

GOOGLE = [
    ("Google Ads", "Merknaam", "2026-09-01", "2026-09-01", "35.9400"),
    ("Google Ads", "Merknaam", "2026-09-02", "2026-09-02", "1000.0000"),
    ("Google Ads", "Winter – Shopping", "2026-09-02", "2026-09-02", "0.0000"),
    ("Google Ads", "Winter – Shopping", "2026-09-03", "2026-09-03", "12.0600"),
]


@pytest.mark.parametrize("name", ["google_ads.csv", "google_ads_utf16.csv"])
def test_google_ads_is_cost_by_campaign_and_day_without_its_totals(name: str) -> None:
    upload = import_sample(name)
    assert (upload.preset, upload.kind) == ("google_ads", "acquisition_costs")
    assert costs() == GOOGLE
    assert (upload.counts["read"], upload.counts["new"], upload.counts["skipped"]) == (8, 4, 4)
    assert upload.control_totals["amount"] == "1048.00"  # what the file's own row of totals says


def test_the_same_report_with_tabs_in_utf16_changes_nothing() -> None:
    import_sample("google_ads.csv")
    upload = import_sample("google_ads_utf16.csv")
    assert upload.counts["unchanged"] == 4
    assert costs() == GOOGLE


def test_google_ads_in_german_has_decimal_commas_and_other_names() -> None:
    upload = import_sample("google_ads_de.csv")
    assert upload.preset == "google_ads_de"
    assert costs() == [
        ("Google Ads", "Marke", "2026-09-01", "2026-09-01", "35.9400"),
        ("Google Ads", "Marke", "2026-09-02", "2026-09-02", "1000.0000"),
    ]


def test_a_cost_of_two_dashes_is_no_cost_of_nothing(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "google_ads.csv", "EUR,12.06", "EUR, --")
    assert rejects_of(upload) == [(7, "Cost", "missing")]
    assert costs() == GOOGLE[:3]


def test_another_currency_is_refused_by_name(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "google_ads.csv", "EUR,12.06", "CAD,12.06")
    assert rejects_of(upload) == [(7, "Currency code", "foreign_currency")]


def test_meta_ads_leaves_its_totals_out_and_finds_the_currency_in_a_heading() -> None:
    upload = import_sample("meta_ads.csv")
    assert upload.preset == "meta_ads"
    assert costs() == [
        ("Meta", "Najaar", "2026-09-01", "2026-09-01", "12.0000"),
        ("Meta", "Najaar", "2026-09-02", "2026-09-02", "22.5000"),
        ("Meta", "Retargeting, warm", "2026-09-03", "2026-09-03", "11.0000"),
    ]
    assert upload.counts["skipped"] == 1
    assert upload.control_totals["amount"] == "45.50"


def test_a_heading_in_another_currency_refuses_every_row(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "meta_ads.csv", "Amount spent (EUR)", "Amount spent (ILS)", "utf-8-sig")
    assert upload.state == Upload.State.REJECTED
    assert {(reject.value, reject.reason_code) for reject in upload.rejects.all()} == {
        ("ILS", "foreign_currency")
    }


def test_meta_ads_in_dutch_by_advertisement_and_platform_adds_up_to_the_campaign_day() -> None:
    upload = import_sample("meta_ads_nl.csv")
    assert upload.preset == "meta_ads_nl"
    assert costs() == [
        ("Meta", "Najaar", "2026-09-01", "2026-09-01", "17.1500"),  # 8.00 + 4.00 + 5.15
        ("Meta", "Najaar", "2026-09-02", "2026-09-02", "22.5000"),
    ]
    assert (upload.counts["new"], upload.counts["duplicate"], upload.counts["skipped"]) == (4, 0, 1)


def test_a_day_that_meta_restates_replaces_the_one_before(tmp_path: Path) -> None:
    import_sample("meta_ads.csv")
    upload = import_changed(tmp_path, "meta_ads.csv", "4.50,22.50", "4.60,23.00", "utf-8-sig")
    assert (upload.counts["changed"], upload.counts["unchanged"]) == (1, 2)
    assert [amount for *_rest, amount in costs()] == ["12.0000", "23.0000", "11.0000"]


def test_linkedin_has_three_lines_above_its_header_and_american_dates() -> None:
    upload = import_sample("linkedin_ads.csv")
    assert upload.preset == "linkedin_ads"
    assert costs() == [
        ("LinkedIn", "Zakelijk BE", "2026-09-02", "2026-09-02", "7.5000"),
        ("LinkedIn", "Zakelijk NL", "2026-09-01", "2026-09-01", "18.2000"),
        ("LinkedIn", "Zakelijk NL", "2026-09-02", "2026-09-02", "20.0000"),
    ]


def test_the_channel_is_a_fixed_value_that_can_be_changed_before_the_import() -> None:
    with (SAMPLES / "linkedin_ads.csv").open("rb") as file:
        upload = pipeline.receive(file, "linkedin_ads.csv", None)
    plan = pipeline.recognise(upload).plan
    columns = [
        replace(column, made=Made("fixed", text="LinkedIn Ads")) if column.target == "channel" else column
        for column in plan.columns
    ]
    pipeline.run(pipeline.confirm(upload, replace(plan, columns=columns)).pk)
    assert {channel for channel, *_rest in costs()} == {"LinkedIn Ads"}


def test_columns_in_another_order_are_the_same_report(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("Cost,Currency code,Campaign,Day\n5.00,EUR,Merk,2026-09-01\n", encoding="utf-8")
    assert recognise_file(path).plan.preset == "google_ads"
