"""What erased customer numbers and e-mail addresses are recognised by: a digest that says nothing by itself.

It is keyed with the site's secret key, so that nobody can look numbers up in a copy of the database alone.
"""

from hashlib import sha256
from typing import Final

from django.utils.crypto import salted_hmac

_PURPOSE: Final = "customers.privacy"
_SHORT: Final = 16


def make_key() -> str:
    """Return the key of this site's digests."""
    return salted_hmac(_PURPOSE, "erased", algorithm="sha256").hexdigest()


def digest(text: str) -> str:
    """Return the digest of one number or address; the same as :func:`sql_digest` makes."""
    return sha256((make_key() + text).encode()).hexdigest()


def short_digest(text: str) -> str:
    """Return what stands in the place of a text that tells rows apart; nothing for no text."""
    return digest(text)[:_SHORT] if text else ""


def sql_short_digest(expression: str) -> str:
    """Return the SQL for the same, NULL for no text; takes the parameter ``key``."""
    some = f"nullif({expression}, '')"
    return f"left({sql_digest(some)}, {_SHORT})"


def sql_digest(expression: str) -> str:
    """Return the SQL for the digest of a text; takes the parameter ``key``."""
    return f"encode(sha256(convert_to(%(key)s || {expression}, 'UTF8')), 'hex')"
