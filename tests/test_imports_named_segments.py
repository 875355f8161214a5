"""Costs and targets of segments that Klantwaarde computes: by any of their names, and refused clearly."""

from pathlib import Path

import pytest
from django.utils import translation

from customers.imports.pipeline import import_file
from customers.imports.report import describe_finding
from customers.models import RetentionCost, Upload
from metrics.models import OwnSegment, Target
from tests.builders import make_customer, make_shop, write_csv

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop() -> None:
    make_shop()
    make_customer("K1", country="NL", attributes={"Tier": "gold", "RFM": "goud"})
    OwnSegment.objects.create(
        name="Horeca, café & meer", slug="horeca-cafe-meer", criteria={"country": "NL", "rfm": "loyal"}
    )
    OwnSegment.objects.create(name="Rijk", slug="rijk", criteria={"value_min": "500", "method": "realised"})


def load(folder: Path, *segments: str) -> Upload:
    rows = "".join(
        f'P{place};"{segment}";01-03-2025;31-03-2025;12\n' for place, segment in enumerate(segments)
    )
    path = write_csv(folder, "id;Segment;Van;Tot en met;Bedrag\n" + rows)
    return import_file(path, kind="retention_costs")


def kept() -> list[str]:
    return list(RetentionCost.objects.order_by("external_id").values_list("segment", flat=True))


@pytest.mark.parametrize(
    ("written", "segment"),
    [
        ("rfm = champions", "rfm = champions"),
        ("RFM=Champions", "rfm = champions"),
        ("rfm = too good to lose", "rfm = precious"),
        ("RFM = Niet kwijtraken", "rfm = precious"),
        ("Levensfase = ACTIEF", "lifecycle = active"),
        ("lifecycle = cooling", "lifecycle = cooling"),
        ("segment = horeca, CAFÉ en meer", None),
        ("segment = Horeca, café & meer", "segment = horeca-cafe-meer"),
        ("Eigen segmenten = horeca-cafe-meer", "segment = horeca-cafe-meer"),
        ("rfm = goud", "RFM = goud"),  # a further column of customers, which has a value of its own
        ("tier = gold", "Tier = gold"),
    ],
)
def test_a_segment_goes_by_its_key_and_by_its_names_on_pages(
    tmp_path: Path, written: str, segment: str | None
) -> None:
    load(tmp_path, "country = NL", written)
    assert kept() == ["country = NL", *([segment] if segment else [])]


def test_what_is_no_segment_or_one_by_value_is_refused_where_it_stands(tmp_path: Path) -> None:
    upload = load(
        tmp_path,
        "lifecycle = vip",
        "segment = niemand",
        "Waardeklasse = Top",
        "segment = Rijk",
        "rfm = loyal",
    )
    assert kept() == ["rfm = loyal"]
    refused = list(upload.rejects.order_by("line"))
    assert [(reject.line, reject.column, reject.value, reject.reason_code) for reject in refused] == [
        (2, "Segment", "lifecycle = vip", "unknown_segment"),
        (3, "Segment", "segment = niemand", "unknown_segment"),
        (4, "Segment", "Waardeklasse = Top", "segment_of_value"),
        (5, "Segment", "segment = Rijk", "segment_of_value"),
    ]
    with translation.override("en"):
        assert [reject.sentence for reject in refused][:3] == [
            "Line 2, column “Segment”: “lifecycle = vip” names no segment that there is. There are: “Loyal”, "
            "“Active”, “New”, “Cooling”, “Silent”.",
            "Line 3, column “Segment”: “segment = niemand” names no segment that there is. There are: "
            "Horeca, café & meer.",
            "Line 4, column “Segment”: “Waardeklasse = Top” is a segment by what customers are worth, and "
            "that depends on the cost itself. Use one that does not: country = NL, channel = ads, rfm = "
            "champions or a further column of your customers.",
        ]


def test_who_will_share_such_a_cost_is_not_told_before_the_calculation(tmp_path: Path) -> None:
    upload = load(tmp_path, "rfm = champions", "segment = Horeca, café & meer", "country = XX")
    with translation.override("en"):
        assert [describe_finding(found) for found in upload.findings] == [
            "1 segment has no customer at present, and its costs stay unallocated: country = XX."
        ]


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, "RFM = Champions")
    assert load(tmp_path, "rfm = champions").counts["unchanged"] == 1


def test_a_target_may_be_of_any_segment_also_of_one_by_value(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path,
        "kpi;period;target;segment\norders;2026;1;RFM = Champions\norders;2026;2;Waardeklasse = Top\n"
        "orders;2026;3;segment = rijk\norders;2026;4;levensfase = vip\n",
    )
    upload = import_file(path, kind="targets")
    assert list(Target.objects.order_by("value").values_list("segment", flat=True)) == [
        "rfm = champions", "tier = top", "segment = rijk",
    ]  # fmt: skip
    assert [(reject.line, reject.reason_code) for reject in upload.rejects.all()] == [(5, "unknown_segment")]
