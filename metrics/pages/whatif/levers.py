"""The levers as a reader moves them: in percentages, percentage points and euros, all of them in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from klantwaarde import formats
from metrics.core.whatif import LEVERS, NO_LEVERS, Lever, Levers

Kind = Literal["points", "percent", "money"]  # percentage points, % of what it is, an amount
_LONGEST: Final = 12


@dataclass(frozen=True, slots=True)
class Spec:
    """A lever on the page: how far it may be moved either way, in what steps, and the unit of what it is."""

    key: Lever
    label: str | Promise
    kind: Kind
    limit: Decimal
    step: Decimal
    unit: str
    help: str | Promise


_ALL: Final = (
    Spec(
        "retention", _("Retention"), "points", Decimal(30), Decimal("0.5"), "percent",
        _("the share that buys again within a year"),
    ),
    Spec(
        "frequency", _("Orders per customer per year"), "percent", Decimal(100), Decimal(1), "ratio",
        _("how often a customer buys"),
    ),
    Spec(
        "order_value", _("Average order value"), "percent", Decimal(100), Decimal(1), "money",
        _("what an order brings"),
    ),
    Spec(
        "margin", _("Margin"), "points", Decimal(50), Decimal("0.5"), "percent",
        _("what is left of revenue after cost of goods and transaction cost"),
    ),
    Spec(
        "acquisition_cost", _("Acquisition cost"), "money", Decimal(500), Decimal("0.5"), "money",
        _("of winning one customer"),
    ),
    Spec(
        "retention_cost", _("Retention cost"), "money", Decimal(200), Decimal("0.5"), "money",
        _("of keeping one customer for a year"),
    ),
    Spec("interest", _("Interest"), "points", Decimal(20), Decimal("0.25"), "percent", _("a year")),
    Spec("inflation", _("Inflation"), "points", Decimal(20), Decimal("0.25"), "percent", _("a year")),
)  # fmt: skip
SPECS: Final[Mapping[Lever, Spec]] = {spec.key: spec for spec in _ALL}


@dataclass(frozen=True, slots=True)
class Moved:
    """The levers as the URL has them: numbers of their own units (2 is 2 %), and what could not be read."""

    typed: Mapping[Lever, Decimal]
    wrong: tuple[str, ...] = ()

    @property
    def levers(self) -> Levers:
        """The same as fractions and amounts, for the calculation."""
        return replace(
            NO_LEVERS,
            **{
                key: value if SPECS[key].kind == "money" else value / 100 for key, value in self.typed.items()
            },
        )

    @property
    def params(self) -> dict[str, str]:
        """The levers that are moved, as parameters of a URL."""
        return {key: write_plain(self.typed[key]) for key in LEVERS if self.typed.get(key)}

    @property
    def query(self) -> str:
        """The levers that are moved, as a piece of a URL."""
        return urlencode(self.params)


def read_moved(params: Mapping[str, Any]) -> Moved:
    """Read the levers from a URL or a kept scenario; beyond its limit a lever stands at its limit."""
    typed: dict[Lever, Decimal] = {}
    wrong = []
    for key, spec in SPECS.items():
        text = str(params.get(key, "")).strip()
        if not text:
            continue
        number = _read_number(text)
        if number is None:
            wrong.append(gettext("“%(value)s” is not a number: %(lever)s is left as it is.")
                         % {"value": text[:_LONGEST], "lever": spec.label})  # fmt: skip
            continue
        typed[key] = min(max(number, -spec.limit), spec.limit)
        if typed[key] != number:
            wrong.append(gettext("%(lever)s goes no further than %(limit)s.")
                         % {"lever": spec.label, "limit": say_change(spec, typed[key], "")})  # fmt: skip
    return Moved({key: value for key, value in typed.items() if value}, tuple(wrong))


def say_change(spec: Spec, value: Decimal, currency: str) -> str:
    """Write a change as its reader calls it: "+2 %-punt", "+5%", "€ 3,00 more"."""
    language = get_language() or "en"
    if spec.kind == "money":
        if not currency:
            return formats.signed_number(value, language, 2)
        sign = "+" if value > 0 else ""
        return sign + formats.money(value, currency, language)
    if spec.kind == "points":
        return formats.change_in_points(value / 100, language)
    return formats.change(value / 100, language)


def write_plain(value: Decimal) -> str:
    """Write a number without idle zeros and with a point, as inputs and URLs want it."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_number(text: str) -> Decimal | None:
    if len(text) > _LONGEST:
        return None
    try:
        number = Decimal(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except InvalidOperation:
        return None
    return number.quantize(Decimal("0.0001")) if number.is_finite() and abs(number) < 10**7 else None
