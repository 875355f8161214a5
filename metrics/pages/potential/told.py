"""``Prediction.potential`` read back, and in sentences what cannot be said and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy

from klantwaarde import formats
from metrics.models import CustomerValue, Prediction, Run

Quarter = CustomerValue.Quarter

#: What to do with the customers of a quarter.
ADVICE: Final[Mapping[str, str | Promise]] = {
    Quarter.GROW: gettext_lazy(
        "They bring in little and could bring in much: show them what others like them also buy."
    ),
    Quarter.KEEP: gettext_lazy(
        "They bring in much and there is more to gain: look after them first, in person where you can."
    ),
    Quarter.MAINTAIN: gettext_lazy(
        "They bring in about what can be expected of them: keep the service good, discounts gain little."
    ),
    Quarter.LET_BE: gettext_lazy(
        "They bring in little and little more is to be expected: keep it to what costs nothing, such as "
        "the newsletter."
    ),
}
_NO_PREDICTION: Final[Mapping[str, str | Promise]] = {
    "no_buyers": gettext_lazy("there are no customers with an order yet"),
    "few_buyers": gettext_lazy("at least %(least_buyers)s customers with an order are needed to predict"),
    "short_history": gettext_lazy("at least %(least_days)s days of orders are needed to predict"),
    "few_repeat_buyers": gettext_lazy(
        "at least %(least_repeat_buyers)s customers who came back are needed to predict"
    ),
    "no_model": gettext_lazy("none of the models fits these orders"),
}
_NO_TRIAL: Final[Mapping[str, str | Promise]] = {
    "no_prediction": gettext_lazy("there is no prediction to compare within"),
    "short_history": gettext_lazy(
        "two years of orders are needed: one to estimate from and one to see what came"
    ),
    "no_model": gettext_lazy("no model fits the orders of a year ago"),
    "few_buyers": gettext_lazy("a year ago there were too few customers"),
}


#: What customers are told apart by, as a reader sees it; a further column has a name of its own.
_ATTRIBUTES: Final[Mapping[str, str | Promise]] = {
    "country": gettext_lazy("country"), "city": gettext_lazy("town"), "channel": gettext_lazy("channel"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """A quarter with its sums; None where nothing is known."""

    key: str
    name: str
    customers: int
    value: Decimal
    potential: Decimal
    gap: Decimal
    advice: str

    @property
    def url(self) -> str:
        """The customers behind it."""
        return reverse("potential_customers", args=[self.key])


@dataclass(frozen=True, slots=True)
class Reach:
    """A market figure beside our own customers."""

    segment: str
    amount: Decimal
    number: int | None
    ours: int
    room: Decimal | None
    source: str

    @property
    def share(self) -> Decimal | None:
        """Our customers as a share of the number in the market figure."""
        return Decimal(self.ours) / self.number if self.number else None


def find_told(run: Run) -> tuple[Prediction | None, dict[str, Any]]:
    """Return the run's prediction and what it says of potential; {} for a run from before it said any."""
    prediction = Prediction.objects.filter(run=run).first()
    return prediction, (prediction.potential if prediction else {})


def read(told: Mapping[str, Any], name: str) -> Decimal | None:
    """Return an amount; None when it is not known."""
    text = told.get(name)
    return None if text is None else Decimal(text)


def list_sources(told: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return each estimate with the number of customers for whom it was the largest."""
    sources = told.get("sources", {})
    return [(str(one.label), sources.get(one.value, 0)) for one in CustomerValue.PotentialSource]


def list_quarters(told: Mapping[str, Any]) -> list[QuarterRow]:
    """Return the four quarters."""
    return [
        QuarterRow(
            row["key"],
            name_quarter(row["key"]),
            row["customers"],
            Decimal(row["value"]),
            Decimal(row["potential"]),
            Decimal(row["gap"]),
            str(ADVICE[row["key"]]),
        )
        for row in told.get("quarters", ())
    ]


def name_quarter(key: str) -> str:
    """Return the name of a quarter with a capital."""
    label = str(Quarter(key).label)
    return label[:1].upper() + label[1:]


def list_reach(told: Mapping[str, Any]) -> list[Reach]:
    """Return the market figures."""
    return [
        Reach(
            f"{_ATTRIBUTES.get(row['attribute'], row['attribute'])} = {row['value']}",
            Decimal(row["amount"]),
            row["number"],
            row["ours"],
            None if row["room"] is None else Decimal(row["room"]),
            row["source"],
        )
        for row in told.get("market", ())
    ]


def explain_no_prediction(prediction: Prediction | None, run: Run) -> str:
    """Return why nothing is predicted, "" when something is."""
    if prediction is None:
        return gettext("this calculation was made before there were predictions")
    if not prediction.reason:
        return ""
    language = get_language() or "en"
    least = {
        name: formats.number(getattr(run.settings, name), language)
        for name in ("least_buyers", "least_days", "least_repeat_buyers")
    }
    return str(_NO_PREDICTION[prediction.reason]) % least


def describe_trial(told: Mapping[str, Any], currency: str) -> Iterator[str]:
    """Yield the sentences of the back-test: what was compared, what came out, what it means."""
    trial = told.get("trial") or {"reason": "no_prediction"}
    if trial["reason"]:
        yield gettext("Whether room means growth cannot be tested on your own data yet: %(why)s.") % {
            "why": _NO_TRIAL[trial["reason"]]
        }
        return
    language = get_language() or "en"
    for name, template in _FINDINGS.items():
        if name not in trial:
            continue
        found = trial[name]
        amounts = {
            key: formats.money(found[key], currency, language)
            for key in ("large", "small", "difference", "low", "high")
        }
        yield str(template) % {**amounts, "n": formats.number(found["customers"], language)}
    yield _judge(trial)


_FINDINGS: Final = {
    "growth": gettext_lazy(
        "A year ago, among %(n)s customers compared with others of whom about as much was predicted, those "
        "with much room changed by %(large)s each in the year after and the others by %(small)s: a "
        "difference of %(difference)s (95%% certain: between %(low)s and %(high)s)."
    ),
    "beyond": gettext_lazy(
        "Against what was predicted of them, those with much room came out at %(large)s and the others at "
        "%(small)s: a difference of %(difference)s (between %(low)s and %(high)s)."
    ),
}


def _judge(trial: Mapping[str, Any]) -> str:
    found = trial.get("growth") or trial["beyond"]
    if found["low"] > 0:
        return gettext("So far, room has meant growth in this shop.")
    if found["high"] < 0:
        return gettext(
            "So room has not meant growth by itself in this shop: who bought a lot in one year has much room "
            "on paper, and seldom does so twice. Read room as what effort might gain, not as what will come."
        )
    return gettext("So room has made no difference that can be told from chance in this shop.")
