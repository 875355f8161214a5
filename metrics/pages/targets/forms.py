"""The form of a target: which KPI, which period, of whom, and what it should be."""

from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.core.calendar import Window
from metrics.kpis import KPIS
from metrics.models import Target
from metrics.pages.scope import SHOP, Scope, ScopeChoice
from metrics.pages.targets.amounts import read_value, write_value
from metrics.pages.targets.periods import OWN_DAYS, list_periods, name_window, read_window, write_window
from metrics.target_figures import DIMENSIONS_OF, read_member, write_member
from metrics.target_sentences import write_target

WHOLE_SHOP: Final = "shop"  # a choice that is empty would not be one
_KNOWN_OF: Final = {
    frozenset({"channel"}): _("%(kpi)s is known per channel only: choose a channel."),
    frozenset({""}): _("%(kpi)s is known of the whole shop only: choose that."),
    frozenset({"", "channel"}): _(
        "%(kpi)s is known of the whole shop and per channel only: choose one of those."
    ),
}


def _make_day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class TargetForm(forms.Form):
    """A target as a person sets it. ``scopes`` lists whom it can be about, ``today`` the day it is set."""

    kpi = forms.ChoiceField(label=_("KPI"))
    scope = forms.ChoiceField(label=_("Of"), help_text=_("The whole shop, or one channel or segment of it."))
    period = forms.ChoiceField(label=_("Period"))
    first_day = _make_day_field(_("First day"))
    last_day = _make_day_field(_("Last day"))
    value = forms.CharField(
        label=_("Target"),
        max_length=40,
        help_text=_("In the unit of the KPI: an amount, a number, or a percentage such as 35%."),
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, instance: Target, scopes: ScopeChoice, today: date, currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{**kwargs, "initial": _read_initial(instance, scopes, today)})
        self.instance = instance
        self.currency = currency
        self.hide_optional = True
        self.fields["kpi"].choices = [("", gettext("choose a KPI")), *_list_kpis()]  # type: ignore[attr-defined]
        self.fields["scope"].choices = _list_scopes(scopes, instance)  # type: ignore[attr-defined]
        self.fields["period"].choices = list_periods(today)  # type: ignore[attr-defined]
        for name in ("first_day", "last_day"):
            self.fields[name].help_text = gettext("Only for a period of other days.")

    def clean(self) -> dict[str, Any]:
        """Read period and value, and refuse a target that is there already, by its name."""
        cleaned = super().clean() or self.cleaned_data
        self._clean_scope(cleaned)
        self._clean_period(cleaned)
        self._clean_value(cleaned)
        if not self.errors:
            self._refuse_duplicate(cleaned)
        return cleaned

    def fill(self) -> Target:
        """Return the target with what the form says; not saved."""
        return self._fill(self.instance, self.cleaned_data)

    def _clean_scope(self, cleaned: dict[str, Any]) -> None:
        """Refuse a KPI of whom there can be no figures: a target for it would never be judged."""
        known = DIMENSIONS_OF.get(cleaned.get("kpi", ""))
        if known is None or "scope" not in cleaned:
            return
        if dict(parse_qsl(cleaned["scope"], keep_blank_values=True)).get("dimension", "") not in known:
            text = _KNOWN_OF[known] % {"kpi": KPIS[cleaned["kpi"]].label}
            self.add_error("scope", text)

    def _clean_period(self, cleaned: dict[str, Any]) -> None:
        if cleaned.get("period") != OWN_DAYS:
            if cleaned.get("period"):
                cleaned["window"] = read_window(cleaned["period"])
            return
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        for name, day in (("first_day", first), ("last_day", last)):
            if day is None and name not in self.errors:
                self.add_error(name, gettext("Enter a day."))
        if first and last:
            if last < first:
                self.add_error("last_day", gettext("The last day is before the first day."))
            else:
                cleaned["window"] = Window(first, last)

    def _clean_value(self, cleaned: dict[str, Any]) -> None:
        kpi = KPIS.get(cleaned.get("kpi", ""))
        if kpi is None or "value" not in cleaned:
            return
        try:
            cleaned["amount"] = read_value(cleaned["value"], kpi)
        except ValidationError as error:
            self.add_error("value", error)

    def _refuse_duplicate(self, cleaned: dict[str, Any]) -> None:
        wanted = self._fill(Target(), cleaned)
        same = Target.objects.filter(
            kpi=wanted.kpi, first_day=wanted.first_day, last_day=wanted.last_day, channel=wanted.channel,
            segment=wanted.segment,
        ).exclude(pk=self.instance.pk).first()  # fmt: skip
        if same is None:
            return
        text = gettext("There is a target for this already: %(target)s. Change that one.")
        self.add_error(None, text % {"target": name_target(same, self.currency)})

    @staticmethod
    def _fill(target: Target, cleaned: dict[str, Any]) -> Target:
        scope = dict(parse_qsl(cleaned["scope"], keep_blank_values=True))
        target.kpi, target.value = cleaned["kpi"], cleaned["amount"]
        target.first_day, target.last_day = cleaned["window"].first, cleaned["window"].last
        target.channel, target.segment = write_member(scope.get("dimension", ""), scope.get("member", ""))
        return target


def name_target(target: Target, currency: str) -> str:
    """Return a target as a reader calls it: "Revenue, 2026, whole shop: € 1,200,000"."""
    kpi = KPIS[target.kpi]
    period = name_window(Window(target.first_day, target.last_day))
    return gettext("%(kpi)s, %(period)s, %(scope)s: %(value)s") % {
        "kpi": kpi.label,
        "period": period,
        "scope": Scope(*read_member(target)).name,
        "value": write_target(target.value, kpi.unit, currency),
    }


def _list_kpis() -> list[tuple[str, str]]:
    return sorted(((kpi.key, str(kpi.label)) for kpi in KPIS.values()), key=lambda pair: pair[1].casefold())


def _list_scopes(scopes: ScopeChoice, instance: Target) -> list[tuple[str, Any]]:
    """Return whom a target can be about; nobody without a name, who cannot be told apart in a target."""
    groups = [
        (group["label"], [(_write_scope(option["value"]), option["name"]) for option in group["options"]])  # type: ignore[attr-defined]
        for group in scopes.options
    ]
    named = [
        (label, [(value, name) for value, name in options if value == WHOLE_SHOP or _has_name(value)])
        for label, options in groups
    ]
    own = _scope_of(instance)
    known = {value for _label, options in named for value, _name in options}
    if _write_scope(own.query) not in known:
        named.append((gettext("Not in the figures now"), [(_write_scope(own.query), own.name)]))
    choices: list[tuple[str, Any]] = []
    for label, options in named:
        choices += [(str(label), options)] if label and options else options if not label else []
    return choices


def _write_scope(query: object) -> str:
    return str(query) or WHOLE_SHOP


def _has_name(query: str) -> bool:
    member = dict(parse_qsl(query, keep_blank_values=True)).get("member", "")
    return bool(member) and member.isprintable()


def _scope_of(instance: Target) -> Scope:
    return Scope(*read_member(instance)) if instance.pk else SHOP


def _read_initial(instance: Target, scopes: ScopeChoice, today: date) -> dict[str, Any]:
    if not instance.pk:
        year = Window(date(today.year, 1, 1), date(today.year, 12, 31))
        return {
            "kpi": instance.kpi,
            "scope": _write_scope(scopes.scope.query),
            "period": write_window(year),
        }
    window = write_window(Window(instance.first_day, instance.last_day))
    offered = {value for _label, options in list_periods(today) for value, _name in options}
    listed = window in offered
    return {
        "kpi": instance.kpi,
        "scope": _write_scope(_scope_of(instance).query),
        "period": window if listed else OWN_DAYS,
        "first_day": None if listed else instance.first_day,
        "last_day": None if listed else instance.last_day,
        "value": write_value(instance.value, KPIS[instance.kpi]),
    }
