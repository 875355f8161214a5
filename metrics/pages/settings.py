"""The settings page: how values are computed, what a change recomputes, and who changed what."""

from math import log, log1p
from typing import Any, Final, cast
from zoneinfo import available_timezones

from babel.core import get_global
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.models import Shop
from customers.number_fields import LocalDecimalField, PercentField, WholeNumberField
from customers.permissions import CHANGE_SETTINGS, SignedInRequest, require
from customers.shop_changes import currency_is_locked
from klantwaarde.formats import locale_for
from metrics.core import calendar
from metrics.core.discounting import find_real_rate
from metrics.kpi_attributes import MOST_ATTRIBUTES, list_attributes
from metrics.models import CalculationSettings, Run
from metrics.pages.settings_texts import EFFECTS, GROUPS, MEANINGS, display_value, effect_sentence, label_of
from metrics.settings_versions import CALCULATION_FIELDS, SHOP_FIELDS, read_history, save_version

HISTORY_LENGTH = 50
_AT_LEAST_ONE = ("least_buyers", "least_days", "least_repeat_buyers")
# Of what 1 is worth at the end of a lifetime: sums over it stay within the columns of a peer group.
_MOST_GROWTH: Final = 1_000
_PLACES_ON_EARTH = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/",
                    "Indian/", "Pacific/")  # fmt: skip


class SettingsPart(forms.ModelForm):
    """A form whose fields say what they mean and what a change of them recomputes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in GROUPS:
            for name in set(group.fields) & set(self.fields):
                self.fields[name].label = label_of(name)
                self.fields[name].help_text = _help_text(name, with_effect=group.shared_effect is None)


class ShopForm(SettingsPart):
    """What the shop's amounts and moments mean."""

    data_complete_from = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Shop
        fields = SHOP_FIELDS
        widgets = {"currency": forms.Select, "time_zone": forms.Select}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].widget.choices = _currencies(self.instance.currency)
        self.fields["time_zone"].widget.choices = _time_zones(self.instance.time_zone)
        if currency_is_locked():
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = _(
                "Locked: there are amounts in %(currency)s already, and another currency would change what "
                "each of them means."
            ) % {"currency": self.instance.currency}

    def clean_data_complete_from(self) -> Any:
        """Refuse a day that has yet to come."""
        day = self.cleaned_data["data_complete_from"]
        if day and day > timezone.localdate():
            raise ValidationError(_("This day has yet to come."))
        return day


class CalculationForm(SettingsPart):
    """How values are computed. Ratios are typed as percentages; ``version`` is what the page started from."""

    default_margin = PercentField(required=False, min_value=0, max_value=100, decimal_places=4)
    interest = PercentField(required=False, min_value=-50, max_value=100, decimal_places=4)
    inflation = PercentField(required=False, min_value=-50, max_value=100, decimal_places=4)
    share_won_back = PercentField(required=False, min_value=0, max_value=100, decimal_places=4)
    referral_share = PercentField(required=False, min_value=0, max_value=100, decimal_places=4)
    kpi_attributes = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = CalculationSettings
        fields = CALCULATION_FIELDS
        field_classes = {
            "fixed_periods": LocalDecimalField,
            "lifetime_cap": LocalDecimalField,
            "assumed_lifetime": LocalDecimalField,
            "window_days": WholeNumberField,
            "peer_minimum": WholeNumberField,
            "least_buyers": WholeNumberField,
            "least_days": WholeNumberField,
            "least_repeat_buyers": WholeNumberField,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.pk
        for name in _AT_LEAST_ONE:
            refuse = MinValueValidator(
                1, _("At least 1: from nobody, or from no days, nothing can be predicted.")
            )
            self.fields[name].validators = [*self.fields[name].validators, refuse]
            self.fields[name].widget.attrs["min"] = 1
        names = sorted({*list_attributes(), *self.instance.kpi_attributes}, key=str.casefold)
        attributes = cast("forms.MultipleChoiceField", self.fields["kpi_attributes"])
        attributes.choices = [(name, name) for name in names]
        if not names:
            attributes.help_text = _("Your customers have no further columns yet.")

    def clean_kpi_attributes(self) -> list[str]:
        """Refuse more than five: each of them is counted anew for every month."""
        chosen: list[str] = self.cleaned_data["kpi_attributes"]
        if len(chosen) > MOST_ATTRIBUTES:
            raise ValidationError(_("Choose at most %(most)s.") % {"most": MOST_ATTRIBUTES})
        return chosen

    def clean(self) -> dict[str, Any]:
        """An assumed lifetime may not exceed the longest; rates may not make the future outweigh all else."""
        cleaned = super().clean() or self.cleaned_data
        longest, assumed = cleaned.get("lifetime_cap"), cleaned.get("assumed_lifetime")
        if longest and assumed and assumed > longest:
            self.add_error("assumed_lifetime", _("This is longer than the longest lifetime."))
        if _outgrows(cleaned):
            self.add_error(
                "inflation",
                _(
                    "With these rates money at the end of the longest lifetime or horizon counts more than "
                    "1,000 times as much as today’s. Choose lower inflation, higher interest or a shorter "
                    "time."
                ),
            )
        return cleaned


def _outgrows(cleaned: dict[str, Any]) -> bool:
    """Tell whether a negative real rate makes the far future count for more than a run has room for."""
    rates, period, fixed = ("interest", "inflation"), cleaned.get("period"), cleaned.get("fixed_periods")
    if any(cleaned.get(name) is None for name in rates):
        return False
    horizons = [
        cleaned.get("lifetime_cap"),
        fixed / calendar.periods_per_year(period) if fixed and period else None,
    ]
    growth = -log1p(find_real_rate(*(cleaned[name] for name in rates)))
    return any(years and float(years) * growth > log(_MOST_GROWTH) for years in horizons)


@require(CHANGE_SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    """Show the settings in use, save changes as a new version, and list who changed what."""
    shop_form = ShopForm(request.POST or None, instance=Shop.load())
    calculation_form = CalculationForm(request.POST or None, instance=CalculationSettings.current())
    if request.method == "POST" and _save(request, shop_form, calculation_form):
        return redirect("settings")
    context = {
        "groups": _groups(shop_form, calculation_form),
        "version_field": calculation_form["version"],
        "form_errors": [*shop_form.non_field_errors(), *calculation_form.non_field_errors()],
        "has_errors": bool(shop_form.errors or calculation_form.errors),
        "history": _history(),
        "history_length": HISTORY_LENGTH,
    }
    return render(request, "metrics/settings.html", context)


def _save(request: SignedInRequest, shop_form: ShopForm, calculation_form: CalculationForm) -> bool:
    """Save when both forms are right and say what follows; else leave the errors on the forms."""
    if not (shop_form.is_valid() & calculation_form.is_valid()):
        return False
    wanted = calculation_form.save(commit=False)
    based_on = calculation_form.cleaned_data["version"]
    try:
        changes = save_version(wanted, shop_form.instance, based_on=based_on, user=request.user)
    except ValidationError as error:
        shop_form.add_error(None, error)
        return False
    if not changes:
        messages.info(request, _("Nothing has been changed."))
        return True
    names = ", ".join(label_of(change.field).lower() for change in changes)
    messages.success(request, _("Changed: %(names)s.") % {"names": names})
    if Run.objects.filter(state=Run.State.QUEUED).exists():
        queued = _('A calculation is queued; until it is done the figures stay. <a href="{url}">Watch it</a>')
        messages.info(request, format_html(queued, url=reverse("runs")))
    return True


def _help_text(name: str, *, with_effect: bool) -> str:
    parts: list[tuple[str, str]] = [("meaning", str(MEANINGS[name]))] if name in MEANINGS else []
    if with_effect:
        parts.append(("recomputes", effect_sentence(EFFECTS[name])))
    return format_html_join(" ", '<span class="{}">{}</span>', parts)


def _groups(*parts: SettingsPart) -> list[dict[str, Any]]:
    bound = {name: part[name] for part in parts for name in part.fields}
    return [
        {
            "title": group.title,
            "effect": effect_sentence(group.shared_effect) if group.shared_effect else "",
            "fields": [bound[name] for name in group.fields],
        }
        for group in GROUPS
    ]


def _history() -> list[dict[str, Any]]:
    return [
        {
            "version": version,
            "setting": label_of(change.field),
            "before": display_value(change.field, change.before),
            "after": display_value(change.field, change.after),
        }
        for version in read_history(HISTORY_LENGTH)
        for change in version.changes
    ]


def _currencies(current: str) -> list[tuple[str, str]]:
    """Currencies that are tender today, as "EUR (euro)" in the reader's language, and the one in use."""
    tender = {code for periods in get_global("territory_currencies").values()
              for code, _first, last, is_tender in periods if is_tender and last is None}  # fmt: skip
    names = locale_for(get_language()).currencies
    return [(code, f"{code} ({names.get(code, code)})") for code in sorted(tender | {current})]


def _time_zones(current: str) -> list[tuple[str, str]]:
    """Zones named after a place, UTC, and the one in use."""
    named = {name for name in available_timezones() if name.startswith(_PLACES_ON_EARTH)}
    return [(name, name.replace("_", " ")) for name in sorted(named | {"UTC", current})]
