"""What a reader typed in the search box, kept in the session: a URL carries a key that says nothing.

A name or an e-mail address in a URL would end up in histories, logs and shared links.
"""

import secrets
from typing import Final

from django.http import HttpRequest

SESSION_KEY: Final = "customer_searches"
MOST_KEPT: Final = 20


def remember_search(request: HttpRequest, text: str) -> str:
    """Keep the text in the reader's session and return its key; the same text has the same key."""
    searches: dict[str, str] = request.session.get(SESSION_KEY, {})
    for key, known in searches.items():
        if known == text:
            return key
    key = secrets.token_urlsafe(9)
    request.session[SESSION_KEY] = dict([*searches.items(), (key, text)][-MOST_KEPT:])
    return key


def recall_search(request: HttpRequest, key: str) -> str | None:
    """Return the text behind a key; None when this reader did not type it, or long ago."""
    searches: dict[str, str] = request.session.get(SESSION_KEY, {})
    return searches.get(key)
