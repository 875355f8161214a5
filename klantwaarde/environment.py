"""Readers of environment variables that fail loudly: name, value, what was expected."""

import os
from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str) -> str:
    """Return the variable, stripped, or the default when it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """Return the variable as a boolean; raises ImproperlyConfigured for anything but a clear yes or no."""
    value = os.environ.get(name)
    if value is None:
        return default
    lowered = value.strip().lower()
    if lowered in TRUE:
        return True
    if lowered in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: expected one of 1, true, yes, on, 0, false, no, off.")


def whole_number(name: str, default: int, *, minimum: int = 0) -> int:
    """Return the variable as an int; raises ImproperlyConfigured when it is none or below the minimum."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) < minimum:
        raise ImproperlyConfigured(f"{name}={value!r}: expected a whole number of at least {minimum}.")
    return int(value)


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    """Return the variable in capitals; raises ImproperlyConfigured when it is none of the allowed words."""
    value = text(name, default).upper()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r}: expected one of {', '.join(allowed)}.")
    return value


def make_folder(name: str, folder: Path) -> None:
    """Make the folder of the variable; raises ImproperlyConfigured when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: there can be no folder {folder} ({error.strerror}).") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}: nothing can be written to {folder} by this user.")


def names(name: str, default: list[str]) -> list[str]:
    """Return the variable as a list of names separated by commas."""
    value = os.environ.get(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] or default
