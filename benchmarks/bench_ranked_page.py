"""The ranked list of a million customers against a page without figures: single requests, in turn."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Final

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

from benchmarks.figures import Figure
from customers.models import Upload
from customers.permissions import MARKETER
from metrics import publishing
from metrics.models import CalculationSettings, OwnSegment, Run

CUSTOMERS: Final = 1_000_000
REQUESTS: Final = 100  # of a kind, after WARM_UP
WARM_UP: Final = 5
LIMIT_MS: Final = 150
METHODS: Final = ("realised", "periodic", "lifetime", "loyalty")
WORDS: Final = (
    "anna", "de vries", "k-0001", "bram.20@ex", "jan van dijk", "femke smit-k", "utrecht",
    "tess bos", "de", "zzz",
)  # fmt: skip
_OWN_SEGMENTS: Final = {
    "large": {"rfm": "loyal", "country": "NL"},
    "abroad": {"country": "LU", "first_from": "2024-06-01"},
    "rich": {"lifecycle": "active", "value_min": "500", "method": "lifetime"},
}
_PLAIN: Final = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
_STORAGES: Final = {**settings.STORAGES, "staticfiles": _PLAIN}


def measure() -> Iterator[Figure]:
    """Yield the 95th percentile of each kind of request in ms, and how many times the empty page that is."""
    _fill(CUSTOMERS)
    with override_settings(STORAGES=_STORAGES, ALLOWED_HOSTS=["testserver"]):
        client = sign_in()
        floor = find_p95(client, ["/account/password/"])
        yield Figure("ranked page: a signed-in page without figures, p95", floor, "ms")
        for name, addresses in _list_kinds(client):
            p95 = find_p95(client, addresses)
            yield Figure(f"ranked page: {name}, p95", p95, "ms", LIMIT_MS)
            yield Figure(f"ranked page: {name}, times that page", p95 / floor, "×")


def _list_kinds(client: Client) -> Iterator[tuple[str, list[str]]]:
    """Yield what is asked of the list; no two requests in a row are alike."""
    days = [date(2023, 2, 1) + timedelta(days=70 * place) for place in range(15)]
    asked = {
        "page 1": [f"method={method}" for method in METHODS],
        "page 20,000": [f"page={number}" for number in range(19_950, 20_050)],
        "channel or country": [
            "channel=seo", "country=LU", "channel=ads&page=200", "country=BE&method=loyalty",
            "country=LU&channel=ads&sort=-revenue",
        ],
        "period of first order": [
            f"first_from={day}&first_to={day + timedelta(days=length)}" for day in days for length in (7, 60)
        ],
        "range of values": [
            f"method={method}&value_min={place * 9}&value_max={place * 11}"
            for place in range(1, 26) for method in METHODS
        ],
        "segment": [
            "rfm=champions", "tier=high&method=loyalty", "lifecycle=new&sort=-revenue", "rfm=silent&page=300",
            "rfm=loyal&columns=rfm&columns=tier&columns=lifecycle",
        ],
        "own segment": [
            "segment=large", "segment=abroad&method=lifetime", "segment=large&sort=-revenue", "segment=rich",
            "segment=abroad&rfm=champions",
        ],
        "sorted by another column": [
            f"sort={sort}&page={page}"
            for page in (1, 40) for sort in ("-revenue", "revenue", "-last_order", "-orders", "value")
        ],
    }  # fmt: skip
    for name, queries in asked.items():
        yield name, [f"/customers/?{query}" for query in queries]
    yield "search", [client.post("/customers/search/", {"text": words})["Location"] for words in WORDS]


def find_p95(client: Client, addresses: list[str]) -> float:
    """Return the time that 95 of 100 requests keep to, in ms; ``addresses`` come round as often as needed."""
    times = [_time(client, address) for address in islice(cycle(addresses), WARM_UP + REQUESTS)][WARM_UP:]
    return sorted(times)[int(len(times) * 0.95) - 1]


def _time(client: Client, address: str) -> float:
    start = perf_counter()
    response = client.get(address)
    milliseconds = (perf_counter() - start) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
    return milliseconds


def sign_in() -> Client:
    """Return a client that is signed in as somebody of marketing."""
    reader = User.objects.create_user("benchmark")
    reader.groups.add(Group.objects.get(name=MARKETER))
    client = Client()
    client.force_login(reader)
    return client


def _fill(customers: int) -> None:
    """Make the customers and one published run, as a calculation leaves them."""
    for name, criteria in _OWN_SEGMENTS.items():
        OwnSegment.objects.create(name=name, slug=name, criteria=criteria)
    run = Run.objects.create(
        settings=CalculationSettings.current(), as_of=date(2025, 12, 31), customers=customers
    )
    partition = publishing.make_partition(run.pk)
    script = Path(__file__).with_name("ranked_values.sql").read_text(encoding="utf-8")
    for name, value in {":customers": customers, ":partition": partition, ":run": run.pk}.items():
        script = script.replace(name, str(value))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
        Upload.objects.create(file_name="benchmark", size=0, sha256="0" * 64, state=Upload.State.DONE)
        cursor.execute(script)
        cursor.execute("VACUUM (ANALYZE) customers_customer")
    publishing.tidy_partition(run.pk)
    publishing.index_partition(run.pk)
    publishing.attach_partition(run.pk)
    publishing.flip(run)
