"""Every page on KPIs of every small shop: it opens, and what is not known is said, never ∞, NaN or None."""

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
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


def calculate() -> Run:
    return pipeline.recalculate(pipeline.start_run("test", AS_OF).pk)


def list_addresses(run: Run) -> Iterator[str]:
    """Every page about KPIs, as it opens and as its choosers change it."""
    for window in ("12m", "month"):
        for scope in SCOPES:
            yield f"{reverse('overview')}?{urlencode({'window': window, **scope})}"
    yield f"{reverse('overview')}?kpi=retention_rate&compare=month"
    for scope in SCOPES:
        yield f"{reverse('cohorts')}?{urlencode({'show': 'payback', **scope})}"
    for rows in ROWS:
        for measure in MEASURES:
            yield f"{reverse('cohorts')}?{urlencode({'rows': rows, 'show': measure})}"
    for query in ("", "?window=month", "?sort=spend"):
        yield reverse("channels") + query
    yield reverse("segments")
    for key, scheme in SCHEMES.items():
        yield reverse("segment_scheme", args=[key])
        yield reverse("segment_moves", args=[key])
        for segment in scheme.segments:
            yield reverse("segment", args=[key, segment])
    yield reverse("segment_scheme", args=["segment"])
    for own in OwnSegment.objects.all():
        yield reverse("segment", args=["segment", own.slug])
    for query in ("", "?scale=csat", "?by=country", "?by=segment", "?by=channel&member=fairs"):
        yield reverse("satisfaction") + query
    yield reverse("programmes")
    yield reverse("targets")
    for scope in SCOPES:
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
            if folder := os.environ.get("KEEP_PAGES"):
                with Path(folder, f"{name}-{language}.txt").open("a") as kept:
                    kept.write(f"\n##### {address}\n{text}\n")
            found += [
                f"{language} {address}: {text[max(0, at.start() - 60) : at.end() + 30]}"
                for at in SAID_BY_A_COMPUTER.finditer(text)
            ]
            if response.status_code != 200:
                found.append(f"{language} {address}: {response.status_code}")
    assert found == []
