"""Which KPIs stand on a user's cards: four to six of the register, chosen by the user, else by role."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from customers.permissions import SET_TARGETS, VIEW, SignedInRequest, require
from metrics.kpis import KPIS
from metrics.models import OverviewCards
from metrics.pages.figures import Figures

FEWEST: Final = 4
MOST: Final = 6
# Known of channels only, so that the overview of the shop cannot show them.
_OF_CHANNELS: Final = ("paid_cac", "maximum_cac")
AVAILABLE: Final = tuple(key for key in KPIS if key not in _OF_CHANNELS)
_OF_MARKETERS: Final = ("revenue", "new_customers", "aov", "retention_rate", "full_cac", "clv")
_OF_MANAGERS: Final = ("revenue", "contribution", "customers", "retention_rate", "ltv_cac", "clv")


class CardsForm(forms.Form):
    """Four to six KPIs."""

    kpis = forms.MultipleChoiceField(
        label=_("Four to six key figures"),
        choices=lambda: [(key, KPIS[key].label) for key in AVAILABLE],
        widget=forms.CheckboxSelectMultiple,
        required=False,  # nothing chosen is too few, and said as that
    )

    def clean_kpis(self) -> list[str]:
        """Return the keys in the order of the register."""
        kpis: list[str] = self.cleaned_data["kpis"]
        if not FEWEST <= len(kpis) <= MOST:
            message = _("Choose %(fewest)d to %(most)d key figures; you chose %(count)d.")
            raise forms.ValidationError(message, params={"fewest": FEWEST, "most": MOST, "count": len(kpis)})
        return [key for key in AVAILABLE if key in kpis]


@require_POST
@require(VIEW)
def choose_cards(request: SignedInRequest) -> HttpResponse:
    """Keep the cards that the user chose (``usual``: those of the role again) and go back to the overview."""
    if "usual" in request.POST:
        OverviewCards.objects.filter(user=request.user).delete()
        return redirect(_find_way_back(request))
    form = CardsForm(request.POST)
    if form.is_valid():
        OverviewCards.objects.update_or_create(
            user=request.user, defaults={"kpis": form.cleaned_data["kpis"]}
        )
    else:
        reasons = (str(reason) for reason in form.errors["kpis"])
        messages.error(request, " ".join([gettext("Your cards are as they were."), *reasons]))
    return redirect(_find_way_back(request))


def list_chosen(user: User, figures: Figures) -> list[str]:
    """Return the KPIs of a user's cards; a key that left the register since is passed over.

    The usual cards hold realised value as long as there is no total value.
    """
    kept = OverviewCards.objects.filter(user=user).first()
    if kept and len(chosen := [key for key in kept.kpis if key in AVAILABLE]) >= FEWEST:
        return chosen
    total = figures.find_snapshot("clv")
    known = total is not None and total[1].value is not None
    usual = _OF_MANAGERS if user.has_perm(SET_TARGETS) else _OF_MARKETERS
    return [key if key != "clv" or known else "realised_mean" for key in usual]


def make_form(chosen: list[str]) -> dict[str, Any]:
    """Return what metrics/overview/choose.html shows: every KPI there is to choose."""
    return {
        "options": [{"key": key, "label": KPIS[key].label, "chosen": key in chosen} for key in AVAILABLE],
        "fewest": FEWEST,
        "most": MOST,
    }


def _find_way_back(request: SignedInRequest) -> str:
    back = request.POST.get("next", "")
    # What does not begin with a slash is the name of a page to ``redirect``, and there may be none.
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if safe else "overview"
