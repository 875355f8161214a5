"""What the fitted models say: the habits of a new customer in words, the parameters in figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext, gettext_lazy

from klantwaarde.templatetags.formats import number, percent
from metrics.models import ModelFit
from metrics.pages.trust.reading import Report

#: What a parameter is about, in the order of the page. The same letter means the same in every model.
_MEANINGS: Final = {
    "r": gettext_lazy("how alike customers are in how often they buy: the smaller, the more they differ"),
    "alpha": gettext_lazy("days; r ÷ α is the mean number of purchases a day of who is active"),
    "a": gettext_lazy("a ÷ (a + b) is the mean chance of leaving after a purchase"),
    "b": gettext_lazy("see a; small a and b together: customers differ much in how soon they leave"),
    "s": gettext_lazy("how alike customers are in how soon they leave: the smaller, the more they differ"),
    "beta": gettext_lazy("days; s ÷ β is the mean rate of leaving a day"),
    "p": gettext_lazy("how alike the orders of one customer are: the larger, the more alike"),
    "q": gettext_lazy("how alike customers are in what they spend: the larger, the more alike"),
    "v": gettext_lazy("amount; p × v ÷ (q − 1) is the mean revenue of an order"),
}
_SYMBOLS: Final = {"alpha": "α", "beta": "β"}
_REASONS: Final = {
    "flat_ridge": gettext_lazy("the data leave several very different sets of parameters equally likely"),
    "not_converged": gettext_lazy("the search for the likeliest parameters did not come to rest"),
    "no_dropout_signal": gettext_lazy("nothing in the data shows that customers leave"),
    "no_repeat_buyers": gettext_lazy("nobody bought more than once"),
    "no_mean": gettext_lazy("spend varies so much that it has no mean"),
    "no_customers": gettext_lazy("there are no customers to fit it on"),
    "no_time": gettext_lazy("no time has passed since the first purchases"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with its standard errors: if the model is right, and robust against its being wrong."""

    symbol: str
    value: float
    error: float | None
    robust_error: float | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Fit:
    """A model in use; without parameters where the data do not determine them, and why."""

    name: str
    customers: int | None
    log_likelihood: float | None
    parameters: list[Parameter]
    reasons: list[str]


def list_fits(report: Report) -> list[Fit]:
    """Return the models of the run, one query."""
    found = ModelFit.objects.filter(run=report.run).order_by("pk").defer("covariance")
    return [_read_fit(one) for one in found]


def say_habits(habits: Mapping[str, float] | None) -> list[str]:
    """Return what a new customer does, in sentences."""
    if not habits:
        return []
    return [
        gettext("%(share)s of new customers never come back.") % {"share": percent(habits["never_back"], 0)},
        gettext("%(share)s buy again within a year.") % {"share": percent(habits["back_in_a_year"], 0)},
        gettext("A new customer makes %(count)s more purchases in the year after the first, on average.")
        % {"count": number(habits["purchases_in_a_year"], 1)},
    ]


def list_warnings(report: Report) -> list[str]:
    """Return what to keep in mind with predicted amounts."""
    spend = report.shop.get("spend", {})
    correlation = spend.get("correlation")
    if "spend_depends_on_frequency" not in spend.get("warnings", ()) or correlation is None:
        return []
    return [
        gettext(
            "How often customers buy and what an order is worth go together (correlation %(value)s), while "
            "the model for amounts takes them as unrelated. What customers with few orders will spend is "
            "then estimated too high (correlation above 0) or too low (below 0)."
        )
        % {"value": number(correlation, 2)}
    ]


def say_reasons(keys: Sequence[str]) -> list[str]:
    """Return why a model's parameters cannot be shown."""
    return [str(_REASONS[key]) for key in keys]


def _read_fit(fit: ModelFit) -> Fit:
    shown = {} if fit.reasons else fit.params
    return Fit(
        name=fit.get_model_display(),
        customers=fit.data.get("customers"),
        log_likelihood=fit.log_likelihood,
        parameters=[
            Parameter(
                _SYMBOLS.get(name, name),
                shown[name],
                fit.standard_errors.get(name),
                fit.robust_standard_errors.get(name),
                str(_MEANINGS[name]),
            )
            for name in _MEANINGS
            if name in shown
        ],
        reasons=say_reasons(fit.reasons),
    )
