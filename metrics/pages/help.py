"""What every number means: the KPIs and the values, each from the register that computes it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from metrics.core.formulas import METHODS, VOCABULARY, Method, formula_text
from metrics.kpis import KPIS
from metrics.pages.help_forecasts import list_forecasts
from metrics.pages.help_texts import METHOD_TEXTS, TERMS, UNITS


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    """Show every definition, each under an anchor: `kpi-<key>`, `method-`, `forecast-`, `word-`."""
    context = {
        "terms": TERMS,
        "methods": [_describe_method(method) for method in METHODS.values()],
        "forecasts": list_forecasts(),
        "words": [
            {"key": word.key, "label": gettext(word.label), "meaning": gettext(word.meaning),
             "unit": UNITS[word.unit]}
            for word in VOCABULARY.values()
        ],
        "kpis": KPIS.values(),
    }  # fmt: skip
    return render(request, "metrics/help.html", context)


def _describe_method(method: Method) -> dict[str, Any]:
    return {
        "key": method.key,
        "label": gettext(method.label),
        "formula": formula_text(method.expression),
        "text": METHOD_TEXTS[method.key],
        "of_group": method.level == "group",
    }
