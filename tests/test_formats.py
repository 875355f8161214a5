"""What figures and moments look like; Dutch forms as CLDR has them: € -12,50, € 1,2 mln., 8 mei 2025."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from klantwaarde import formats

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=4)


def plain(text: str) -> str:
    """No-break spaces read as spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("amount", "dutch", "english"),
    [
        ("1234567.5", "€ 1.234.567,50", "€1,234,567.50"),
        ("-12.5", "€ -12,50", "-€12.50"),
        ("0", "€ 0,00", "€0.00"),
        ("-0.004", "€ 0,00", "€0.00"),
        ("2.345", "€ 2,35", "€2.35"),
        ("-2.345", "€ -2,35", "-€2.35"),
    ],
)
def test_money_rounds_half_up_and_puts_the_minus_where_the_reader_expects_it(amount, dutch, english):
    assert plain(formats.money(Decimal(amount), "EUR", "nl")) == dutch
    assert plain(formats.money(Decimal(amount), "EUR", "en")) == english


def test_money_takes_the_symbol_and_the_decimals_of_its_currency():
    assert plain(formats.money(Decimal("12.5"), "GBP", "en")) == "£12.50"
    assert plain(formats.money(Decimal("1250"), "JPY", "nl")).endswith("1.250")


def test_exact_money_shows_the_four_places_that_are_kept():
    assert plain(formats.money(Decimal("0.1234"), "EUR", "nl", places=4)) == "€ 0,1234"


@given(amounts, st.sampled_from(["nl", "en"]))
def test_money_reads_back_as_the_amount_rounded_to_cents(amount, language):
    text = formats.money(amount, "EUR", language)
    thousands, mark = (".", ",") if language == "nl" else (",", ".")
    digits = "".join(text.replace(thousands, "").replace(mark, ".").split()).replace("€", "")
    assert Decimal(digits) == formats.round_half_up(amount, 2)


@given(amounts, st.integers(min_value=0, max_value=4))
def test_rounding_moves_an_amount_by_at_most_half_a_unit_and_halves_away_from_zero(amount, places):
    rounded = formats.round_half_up(amount, places)
    unit = Decimal(1).scaleb(-places)
    assert abs(rounded - amount) <= unit / 2
    if abs(rounded - amount) == unit / 2:
        assert abs(rounded) > abs(amount)


@pytest.mark.parametrize(
    ("amount", "dutch", "english"),
    [
        ("460.12", "€ 460,12", "€460.12"),
        ("12345.6", "€ 12.346", "€12,346"),
        ("999999.5", "€ 1 mln.", "€1M"),
        ("1250000", "€ 1,3 mln.", "€1.3M"),
        ("1249999.99", "€ 1,2 mln.", "€1.2M"),
        ("-1250000", "€ -1,3 mln.", "-€1.3M"),
        ("2000000000", "€ 2 mld.", "€2B"),
    ],
)
def test_compact_money_is_short_only_where_it_is_long(amount, dutch, english):
    assert plain(formats.compact_money(Decimal(amount), "EUR", "nl")) == dutch
    assert plain(formats.compact_money(Decimal(amount), "EUR", "en")) == english


def test_numbers_and_percentages_carry_the_readers_marks():
    assert formats.number(48213, "nl") == "48.213"
    assert formats.number(Decimal("2.405"), "nl", 2) == "2,41"
    assert formats.percent(Decimal("0.316"), "nl") == "31,6%"
    assert formats.percent(Decimal("0.316"), "en") == "31.6%"
    assert formats.percent(0.316, "nl", 0) == "32%"


@pytest.mark.parametrize(
    ("ratio", "dutch"), [(0.144, "+14,4%"), (-0.012, "-1,2%"), (0, "0,0%"), (-0.0004, "0,0%")]
)
def test_a_change_always_shows_its_sign_and_none_when_nothing_changed(ratio, dutch):
    assert formats.change(ratio, "nl") == dutch


@pytest.mark.parametrize(
    ("part", "text"),
    [("1", "100,0%"), ("0.99951", "> 99,9%"), ("0.9994", "99,9%"), ("0.0004", "< 0,1%"), ("0", "0,0%")],
)
def test_a_share_is_all_or_nothing_only_when_it_is(part, text):
    assert formats.share(Decimal(part), "nl") == text


def test_a_difference_of_rates_is_in_percentage_points():
    assert plain(formats.change_in_points(Decimal("0.008"), "nl")) == "+0,8 %‑punt"
    assert plain(formats.change_in_points(Decimal("-0.008"), "en")) == "-0.8 pp"


def test_its_unit_does_not_break_at_the_hyphen():
    assert formats.change_in_points(Decimal("0.008"), "nl").endswith("%\N{NON-BREAKING HYPHEN}punt")


@pytest.mark.parametrize(
    ("difference", "dutch", "english"),
    [(2, "+2 maanden", "+2 months"), (-1, "-1 maand", "-1 month"), (0, "0 maanden", "0 months")],
)
def test_a_difference_of_months_is_in_months(difference, dutch, english):
    assert formats.change_in_months(difference, "nl") == dutch
    assert formats.change_in_months(Decimal(difference), "en") == english


def test_a_month_in_a_row_of_months_is_named_by_its_place():
    assert formats.nth_month(Decimal("3.0000"), "nl") == "maand 3"
    assert formats.nth_month(15, "en") == "month 15"


def test_days_and_months_are_written_as_the_language_does():
    day = dt.date(2025, 5, 8)
    assert formats.date(day, "nl") == "8 mei 2025"
    assert formats.date(day, "en") == "8 May 2025"
    assert formats.month(day, "nl") == "mei 2025"
    assert formats.short_month(dt.date(2025, 3, 1), "nl") == "mrt 2025"


def test_a_period_names_a_shared_year_once():
    first, last = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
    assert formats.period(first, last, "nl") == "1 jan – 31 dec 2025"
    assert formats.period(dt.date(2024, 12, 1), first, "nl") == "1 dec 2024 – 1 jan 2025"
    assert formats.period(first, first, "nl") == "1 jan 2025"


def test_a_moment_is_on_the_shops_clock():
    instant = dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert formats.moment(instant, AMSTERDAM, "nl") == "1 jan 2026 00:30"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="must carry its zone"):
        formats.moment(dt.datetime(2025, 1, 1), AMSTERDAM, "nl")


@pytest.mark.parametrize(
    ("size", "dutch"),
    [(1, "1 byte"), (999, "999 bytes"), (1200, "1,2 kB"), (999_950, "1,0 MB"), (4 * 10**9, "4,0 GB")],
)
def test_file_sizes(size, dutch):
    assert plain(formats.file_size(size, "nl")) == dutch


@pytest.mark.parametrize(
    ("elapsed", "dutch"),
    [
        (0.84, "0,8 s"), (42, "42 s"), (125, "2 min 5 s"), (dt.timedelta(minutes=15), "15 min"),
        (dt.timedelta(hours=3, minutes=20), "3 u 20 min"), (dt.timedelta(hours=2), "2 u"),
    ],
)  # fmt: skip
def test_durations(elapsed, dutch):
    assert formats.duration(elapsed, "nl") == dutch


@pytest.mark.parametrize(
    "write",
    [
        lambda language: formats.money(None, "EUR", language),
        lambda language: formats.compact_money(None, "EUR", language),
        lambda language: formats.number(None, language),
        lambda language: formats.percent(None, language),
        lambda language: formats.change(None, language),
        lambda language: formats.date(None, language),
        lambda language: formats.month(None, language),
        lambda language: formats.moment(None, AMSTERDAM, language),
        lambda language: formats.days(None, language),
        lambda language: formats.months(None, language),
        lambda language: formats.change_in_months(None, language),
        lambda language: formats.nth_month(None, language),
    ],
)
def test_what_does_not_exist_is_never_shown_as_zero(write):
    assert write("nl") == "n.v.t."
    assert write("en") == "n/a"


@pytest.mark.parametrize(
    ("source", "dutch", "english"),
    [
        ("{{ amount|money:'EUR' }}", "€ 1.234,50", "€1,234.50"),
        ("{{ missing|money:'EUR' }}", "n.v.t.", "n/a"),
        ("{{ rate|percent }}", "31,6%", "31.6%"),
        ("{{ day|date }}", "8 mei 2025", "8 May 2025"),
        ("{{ instant|moment:'Europe/Amsterdam' }}", "8 mei 2025 14:05", "8 May 2025 14:05"),
        ("{% figure amount 'money' %}", "€ 1.234,50", "€1,234.50"),
        ("{% figure count 'count' %}", "48.213", "48,213"),
    ],
)
def test_templates_write_in_the_language_of_the_page(source, dutch, english):
    context = Context(
        {
            "amount": Decimal("1234.5"),
            "rate": Decimal("0.316"),
            "count": 48213,
            "day": dt.date(2025, 5, 8),
            "instant": dt.datetime(2025, 5, 8, 12, 5, tzinfo=dt.UTC),
            "currency": "EUR",
        }
    )
    template = Template("{% load formats %}" + source)
    for language, expected in (("nl", dutch), ("en", english)):
        with translation.override(language):
            assert plain(template.render(context)) == expected
