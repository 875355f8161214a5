"""Every page on KPIs of every small shop: it opens, and what is not known is said, never ∞, NaN or None."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from metrics import pipeline
from metrics.core.segments import SCHEMES
from metrics.models import CustomerValue, OwnSegment, Run
from metrics.pages.cohorts.choice import ROWS
from metrics.pages.cohorts.measures import MEASURES
from tests.builders import make_user
from tests.page_reading import read_text
from tests.small_shops import AS_OF, SHOPS, make_small_shop

pytestmark = pytest.mark.django_db(transaction=True)

#: What a computer says for what is not known.
SAID_BY_A_COMPUTER = re.compile(r"∞|\b(?:NaN|nan|None|inf|Inf|Infinity|undefined|null)\b|-0(?![\d.,])")
SCOPES = (
    {}, {"dimension": "channel", "member": "fairs"}, {"dimension": "channel", "member": "flyers"},
    {"dimension": "channel", "member": "ads"}, {"dimension": "country", "member": "LU"},
    {"dimension": "segment", "member": "luxembourg"}, {"dimension": "segment", "member": "mars"},
)  # fmt: skip
#: By shop: on which page which sentence says what is missing, and whether that links to the upload.
SAID: Final[dict[str, list[tuple[str, str, bool]]]] = {
    "without_costs": [
        ("/", "there are no acquisition costs yet: upload them", True),
        ("/", "Acquisition cost n/a", True),
        ("/channels/", "There are no acquisition costs yet", True),
        ("/cohorts/?show=payback", "The cost of goods of some orders is not known", True),
        ("/potential/", "No potential without costs", True),
        ("/what-if/", "The margin is not known yet", True),
    ],
    "without_surveys": [
        ("/satisfaction/", "There are no survey answers yet", True),
        ("/satisfaction/", "There are no referrals yet", True),
        ("/programmes/", "There are no retention programmes yet", True),
        ("/potential/", "There is nothing to compare with yet", True),
    ],
    "with_one_month": [
        ("/segments/rfm/moves/", "No moves to show", True),
        ("/predictions/", "A prediction needs 500 customers who bought; known so far: 35.", True),
        ("/cohorts/", "nobody bought a second time over this period", False),
    ],
    "with_a_channel_without_new_customers": [
        ("/channels/channel/?channel=fairs", "CAC n/a for fairs: no new customers in the period", False),
        ("/channels/channel/?channel=flyers", "no acquisition cost of this channel was ever uploaded", True),
        ("/cohorts/?dimension=channel&member=fairs", "no new customers in the last 36 months", False),
    ],
    "with_zero_denominators": [
        ("/", "The calculation found no valid orders", True),
        ("/cohorts/", "No new customers yet", True),
        ("/what-if/", "Nothing to calculate with yet", True),
    ],
    "with_targets_in_the_past": [
        ("/targets/", "the data do not go back to the first day of this target", False),
        ("/targets/", "Cannot be told: there are no survey answers yet.", False),
        ("/targets/", "Cannot be told: there are no acquisition costs yet.", False),
    ],
    "with_a_segment_of_three": [
        ("/segments/segment/of/luxembourg/", "Fewer than 30 customers: averages say little.", False),
        ("/cohorts/?dimension=segment&member=luxembourg", "3 customers first bought more than a year", False),
        ("/what-if/?dimension=segment&member=luxembourg", "n = 3: too few customers to rely on.", False),
    ],
    "with_a_filter_that_matches_nobody": [
        ("/?dimension=segment&member=mars", "Segment: Mars: no figures", False),
        ("/cohorts/?dimension=segment&member=mars", "Segment: Mars: no figures", False),
        ("/what-if/?dimension=segment&member=mars", "Segment: Mars: no figures", False),
        ("/segments/segment/of/mars/", "Nobody has all of these filters at once.", False),
        ("/customers/?value_min=99999999", "No customer matches", False),
    ],
    "with_nothing": [
        ("/", "The calculation found no valid orders", True),
        ("/channels/", "No channel has brought in anything yet", True),
        ("/segments/rfm/moves/", "No moves to show", True),
    ],
}


def calculate() -> Run:
    return pipeline.recalculate(pipeline.start_run("test", AS_OF).pk)


def list_addresses(run: Run) -> Iterator[str]:
    """Every page about KPIs, as it opens and as its choosers change it."""
    for scope in SCOPES:
        yield f"{reverse('overview')}?{urlencode(scope)}"
    yield f"{reverse('overview')}?window=month&kpi=retention_rate&compare=month"
    for scope in SCOPES:
        yield f"{reverse('cohorts')}?{urlencode({'show': 'payback', **scope})}"
    for rows in ROWS:
        yield f"{reverse('cohorts')}?{urlencode({'rows': rows, 'show': 'payback'})}"
    for measure in MEASURES:
        yield f"{reverse('cohorts')}?{urlencode({'show': measure})}"
    for query in ("", "?window=month", "?sort=spend"):
        yield reverse("channels") + query
    yield reverse("segments")
    for key, scheme in SCHEMES.items():
        yield reverse("segment_scheme", args=[key])
        yield reverse("segment_moves", args=[key])
        for segment in scheme.segments[:2]:
            yield reverse("segment", args=[key, segment])
    yield reverse("segment_scheme", args=["segment"])
    for own in OwnSegment.objects.all():
        yield reverse("segment", args=["segment", own.slug])
    for query in ("", "?scale=csat", "?by=country", "?by=segment", "?by=channel&member=fairs"):
        yield reverse("satisfaction") + query
    yield reverse("programmes")
    yield reverse("targets")
    for scope in SCOPES[::2]:
        yield f"{reverse('whatif')}?{urlencode({'retention': '5', 'order_value': '3', **scope})}"
    yield reverse("whatif_compare")
    for name in ("predictions", "potential", "at_risk", "customers"):
        yield reverse(name)
    yield reverse("potential_customers", args=["all"])
    yield f"{reverse('customers')}?country=XX&value_min=99999999"
    for customer in CustomerValue.objects.filter(run=run).order_by("customer_id")[:4]:
        yield reverse("customer", args=[customer.customer_id])


@pytest.mark.parametrize("name", SHOPS)
def test_every_page_opens_and_says_what_is_not_known(client: Client, name: str) -> None:
    make_small_shop(name)
    run = calculate()
    client.force_login(make_user())
    found = []
    for language in ("en", "nl"):
        client.cookies["django_language"] = language
        channels = re.findall(
            r'href="(/channels/channel/[^"]*)"', client.get(reverse("channels")).content.decode()
        )
        for address in [*list_addresses(run), *(unescape(link) for link in channels)]:
            response = client.get(address)
            text = read_text(response) if response.status_code == 200 else ""
            found += [
                f"{language} {address}: {text[max(0, at.start() - 60) : at.end() + 30]}"
                for at in SAID_BY_A_COMPUTER.finditer(text)
            ]
            if response.status_code != 200:
                found.append(f"{language} {address}: {response.status_code}")
    assert found == []
    client.cookies["django_language"] = "en"
    for address, sentence, links in SAID[name]:
        response = client.get(address)
        assert sentence in unescape(read_text(response)), address
        assert not links or f'href="{reverse("uploads")}' in response.content.decode(), address
