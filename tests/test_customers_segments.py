"""How a segment is written, what it is kept as, and what names none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.segments import BUILT_IN, NoSegment, Segment, is_label, parse_segment, read_segment


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("country = NL", "country = NL"),
        ("Land=NL", "country = NL"),
        (" plaats  =  's-Hertogenbosch ", "city = 's-Hertogenbosch"),
        ("Acquisitiekanaal = Google Ads", "channel = Google Ads"),
        ("Branche = horeca", "Branche = horeca"),
        ("Soort   klant = a = b", "Soort klant = a = b"),
    ],
)
def test_segments_are_kept_in_one_way(text: str, kept: str) -> None:
    assert str(parse_segment(text)) == kept


@pytest.mark.parametrize(
    "text", ["", "vaste klanten", "country", "country =", "= NL", "country > NL", "land: NL"]
)
def test_what_is_not_of_that_form_is_no_segment(text: str) -> None:
    with pytest.raises(NoSegment) as caught:
        parse_segment(text)
    assert not caught.value.of_value


@pytest.mark.parametrize(
    "text",
    ["klantwaarde = hoog", "Klantwaarde > 500", "CLV >= 1000", "top 10 %", "Top 100", "realised = 5", "KLDW",
     "best customers", "at_risk > 0", "waardesegment = A"],
)  # fmt: skip
def test_a_segment_by_value_is_told_apart(text: str) -> None:
    with pytest.raises(NoSegment) as caught:
        parse_segment(text)
    assert caught.value.of_value


@given(st.text(max_size=90), st.text(min_size=1).map(str.strip).filter(bool))
def test_every_label_that_may_be_kept_can_be_named_in_a_segment(label: str, value: str) -> None:
    label = " ".join(label.split())
    if is_label(label):
        segment = parse_segment(f"{label} = {value}")
        assert segment == Segment(label, value)
        assert read_segment(str(segment)) == segment


@pytest.mark.parametrize("name", [*BUILT_IN, "Land", "woonplaats", "klantwaarde", "a=b", "", " ", "x" * 81])
def test_names_that_mean_something_are_no_labels(name: str) -> None:
    assert not is_label(name)
