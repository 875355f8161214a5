"""Reads ``DATABASE_URL``: ``postgresql://user:password@host:port/name?sslmode=require``."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

EXPECTED = "expected postgresql://user:password@host:port/name, optionally with ?sslmode=require"


def parse(url: str) -> dict[str, Any]:
    """Return the part of Django's database setting that the URL describes.

    A socket's folder may be given as ``?host=/var/run/postgresql``; other parameters go to libpq as they are.
    Raises ImproperlyConfigured without repeating the URL, which holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read ({error}): {EXPECTED}.") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL names the scheme {parts.scheme!r}: {EXPECTED}.")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured(f"DATABASE_URL names no database: {EXPECTED}.")
    options = dict(parse_qsl(parts.query))
    _require_known(options)
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(port or "")),
        "OPTIONS": options,
    }


def _require_known(options: dict[str, str]) -> None:
    import psycopg  # only for these: settings are read where no driver is installed yet
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo(**options)
    except psycopg.Error as error:
        raise ImproperlyConfigured(f"DATABASE_URL has an {str(error).strip()}: {EXPECTED}.") from None
