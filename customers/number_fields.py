"""Form fields for numbers as the reader writes them: ``4,5`` in Dutch, ``4.5`` in English.

For forms only. Files are read by their own decimal mark, never by the reader's language.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d+)(?:(?P<mark>[.,])(?P<decimals>\d+))?")


def decimal_mark() -> str:
    """Return the decimal mark of the active language."""
    return str(get_format("DECIMAL_SEPARATOR"))


def write_number(value: Decimal | int | str) -> str:
    """Write a number with the decimal mark of the active language and no idle zeros; text stays as it is."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, Decimal) and "." in text:
        text = text.rstrip("0").rstrip(".").replace(".", decimal_mark())
    return text


class LocalDecimalField(forms.DecimalField):
    """A decimal with the reader's mark.

    The other mark is taken for the same, unless three digits follow it: ``1.500`` is fifteen hundred to a
    Dutch reader and one and a half to the keyboard of a till, so it is asked. There is no mark for thousands.
    """

    widget = forms.TextInput

    default_error_messages = {
        "invalid": _("“%(value)s” is not a number such as %(example)s."),
        "ambiguous": _("“%(value)s” can be read in two ways: write %(whole)s or %(fraction)s."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Return the number, or raise ValidationError with an example in the reader's own writing."""
        if value in self.empty_values or isinstance(value, Decimal):
            return value if isinstance(value, Decimal) else None
        text = "".join(str(value).split()).replace("\N{MINUS SIGN}", "-")
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise self._error("invalid", value=value, example=f"4{decimal_mark()}5")
        sign, whole, mark, decimals = match.group("sign", "whole", "mark", "decimals")
        if mark and mark != decimal_mark() and len(decimals) == 3:
            fraction = f"{sign}{whole}{decimal_mark()}{decimals}"
            raise self._error("ambiguous", value=value, whole=f"{sign}{whole}{decimals}", fraction=fraction)
        return super().to_python(f"{sign}{whole}.{decimals or 0}")

    def prepare_value(self, value: Any) -> Any:
        """Write a stored number with the reader's mark and no idle zeros; what was typed stays as typed."""
        return write_number(value) if isinstance(value, Decimal) else value

    def _error(self, code: str, **params: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=params)


class PercentField(LocalDecimalField):
    """A ratio that is shown and typed as a percentage: 0.045 is ``4,5``; a trailing ``%`` is fine.

    ``min_value`` and ``max_value`` are percentages, as the reader meets them in an error.
    """

    def clean(self, value: Any) -> Decimal | None:
        """Return the ratio."""
        percentage = super().clean(value)
        return None if percentage is None else percentage / 100

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Return the percentage as typed."""
        return super().to_python(value.strip().removesuffix("%") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """Write a stored ratio as a percentage."""
        return super().prepare_value(value * 100 if isinstance(value, Decimal) else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare like with like: the stored ratio as a percentage."""
        return super().has_changed(initial * 100 if isinstance(initial, Decimal) else initial, data)


class WholeNumberField(forms.IntegerField):
    """A whole number of digits only: Django's own would read the Dutch ``1.000`` as 1."""

    def to_python(self, value: Any) -> int | None:
        """Return the number, or raise ValidationError for anything with a mark in it."""
        if isinstance(value, str) and value.strip() and not re.fullmatch(r"[+-]?\d+", value.strip()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)
