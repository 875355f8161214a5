"""Every URL of the site in every role, against one table. A URL without a row fails.

A new page is one line in ``ROWS``: who gets which status. ``arguments`` builds what the URL needs; it may
build more than it returns (a published run, a running upload).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.builders import make_upload, make_user

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "no role", "marketer", "manager", "admin")
SIGN_IN = "to the sign-in page"


@dataclass(frozen=True)
class Row:
    """The answer to each of ``ROLES``: a status, or ``SIGN_IN``."""

    answers: tuple[int | str, ...]
    arguments: Callable[[], dict[str, Any]] = dict
    method: str = "get"
    data: Callable[[], dict[str, Any]] = dict


EVERYONE = (200, 200, 200, 200, 200)
SIGNED_IN = (SIGN_IN, 200, 200, 200, 200)
MARKETERS = (SIGN_IN, 403, 200, 200, 200)
MANAGERS = (SIGN_IN, 403, 403, 200, 200)
ADMINS = (SIGN_IN, 403, 403, 403, 200)


def going_on(answers: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the same people's answers for an action, which sends on to another page."""
    return tuple(302 if answer == 200 else answer for answer in answers)


def someone() -> dict[str, Any]:
    return {"pk": make_user("joost").pk}


def an_import() -> dict[str, Any]:
    return {"uuid": make_upload().uuid}


ROWS = {
    "login": Row((200, 302, 302, 302, 302)),
    "logout": Row((SIGN_IN, 302, 302, 302, 302), method="post"),
    "set_language": Row((302, 302, 302, 302, 302), method="post", data=lambda: {"language": "en"}),
    "password_change": Row(SIGNED_IN),
    "password_change_done": Row(SIGNED_IN),
    "settings": Row(ADMINS),
    "uploads": Row(MARKETERS),
    "upload": Row(MARKETERS, an_import),
    "upload_progress": Row(MARKETERS, an_import),
    "upload_confirm": Row(going_on(MARKETERS), an_import, method="post"),
    "upload_cancel": Row(going_on(MARKETERS), an_import, method="post"),
    "upload_undo": Row(MARKETERS, an_import),
    "upload_rejects": Row(MARKETERS, an_import),
    "users": Row(ADMINS),
    "user_add": Row(ADMINS),
    "user_edit": Row(ADMINS, someone),
    "user_password": Row(ADMINS, someone),
}


def names_of_urls(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    """Yield the name of every URL; one without a name is yielded as its path, which no row can match."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names_of_urls(pattern.url_patterns)
        else:
            yield pattern.name or f"(no name) {pattern.pattern}"


def test_every_url_has_a_row() -> None:
    assert sorted(names_of_urls(get_resolver().url_patterns)) == sorted(ROWS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_url_answers_a_role_as_the_table_says(name: str, role: str, client: Client) -> None:
    row = ROWS[name]
    url = reverse(name, kwargs=row.arguments())
    if role != "anonymous":
        client.force_login(make_user("reader", role="" if role == "no role" else role))
    response = getattr(client, row.method)(url, row.data())
    expected = row.answers[ROLES.index(role)]
    if expected == SIGN_IN:
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("login"))
    else:
        assert response.status_code == expected
