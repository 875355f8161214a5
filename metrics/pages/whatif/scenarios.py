"""Scenarios: a what-if with a name, kept for everyone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from customers.permissions import SET_TARGETS, VIEW, SignedInRequest, require
from metrics.core.arithmetic import divide, round_half_up
from metrics.core.whatif import COSTS, LEVERS, find_break_even, value_customer
from metrics.models import Run, Scenario
from metrics.pages.scope import SHOP, Scope, read_scope
from metrics.pages.whatif.figures import CENTS
from metrics.pages.whatif.groups import list_groups
from metrics.pages.whatif.levers import SPECS, Moved, read_moved, say_change
from metrics.publishing import current_run
from metrics.whatif import Missing, Start, read_start

MOST_SHOWN: Final = 50


class NameForm(forms.Form):
    """What a scenario is called."""

    name = forms.CharField(
        max_length=80,
        error_messages={
            "required": _("Give the scenario a name."),
            "max_length": _("The name is too long: it may have %(limit_value)d characters."),
            "null_characters_not_allowed": _("The name has a character in it that cannot be kept."),
        },
    )

    def clean_name(self) -> str:
        """Return the name with single spaces."""
        return " ".join(self.cleaned_data["name"].split())


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A scenario worked out on the current run; without ``start`` its group has nothing to start from."""

    scenario: Scenario
    scope: Scope
    moved: Moved
    start: Start | None
    before: Decimal | None
    after: Decimal | None
    changes: list[str]

    @property
    def change(self) -> Decimal | None:
        """How much a customer becomes worth more."""
        return None if self.after is None or self.before is None else self.after - self.before

    @property
    def shown_change(self) -> Decimal | None:
        """The same as a page shows it: the difference of the two values in cents."""
        if self.after is None or self.before is None:
            return None
        return round_half_up(self.after, CENTS) - round_half_up(self.before, CENTS)

    @property
    def relative(self) -> Decimal | None:
        """The same as a share of the value now, when that is above 0."""
        return divide(self.change, self.before) if self.before is not None and self.before > 0 else None

    @property
    def per_year(self) -> Decimal | None:
        """What it may cost at most per customer per year; None when costs are all that it changes."""
        if self.start is None or set(self.moved.typed) <= set(COSTS):
            return None
        return find_break_even(self.start.base, self.moved.levers).per_year

    @property
    def yearly(self) -> Decimal | None:
        """The same for everyone who buys; None, too, when it is not known how many do."""
        if self.start is None or self.start.buyers is None or self.per_year is None:
            return None
        return self.per_year * self.start.buyers

    @property
    def address(self) -> str:
        """Where it stands with its levers."""
        return f"{reverse('whatif')}?{join_query(self.scope, self.moved)}"


def list_scenarios(run: Run, currency: str, chosen: Iterable[int] | None = None) -> list[ScenarioRow]:
    """Return the kept scenarios (those chosen, by number), each worked out on this run."""
    scenarios = Scenario.objects.select_related("created_by")
    if chosen is not None:
        scenarios = scenarios.filter(pk__in=list(chosen))
    starts: dict[tuple[str, str], Start | Missing] = {}
    rows = []
    for scenario in scenarios[:MOST_SHOWN]:
        group = (scenario.dimension, scenario.member)
        if group not in starts:
            starts[group] = read_start(run, *group)
        rows.append(_work_out(scenario, starts[group], currency))
    return rows


def join_query(scope: Scope, moved: Moved) -> str:
    """Return group and levers as one piece of a URL."""
    return urlencode({**scope.params, **moved.params})


@require_POST
@require(VIEW)
def save_scenario(request: SignedInRequest) -> HttpResponse:
    """Keep the levers that are sent, under a name that no other scenario has."""
    run = current_run()
    if run is None or run.as_of is None:
        return redirect("whatif")  # which says that there is nothing to calculate with
    moved = read_moved(request.POST)
    scope = read_scope(request.POST, list_groups(run)).scope
    back = redirect(f"{reverse('whatif')}?{join_query(scope, moved)}")
    form = NameForm(request.POST)
    refusal = _find_refusal(form, moved, known=not (scope.is_shop and _asks_for_group(request.POST)))
    if refusal:
        messages.error(request, refusal)
        return back
    name = form.cleaned_data["name"]
    try:
        with transaction.atomic():
            Scenario.objects.create(
                name=name, dimension=scope.dimension, member=scope.member, levers=moved.params,
                created_by=request.user,
            )  # fmt: skip
    except IntegrityError:
        text = gettext("There is a scenario “%(name)s” already: choose another name.")
        messages.error(request, text % {"name": name})
        return back
    messages.success(request, gettext("Kept: %(name)s.") % {"name": name})
    return back


@require_POST
@require(VIEW)
def remove_scenario(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a scenario: one's own, or anyone's for who may set targets."""
    scenario = get_object_or_404(Scenario, pk=pk)
    if scenario.created_by_id != request.user.pk and not request.user.has_perm(SET_TARGETS):
        messages.error(request, gettext("Only who made a scenario, or a manager, can remove it."))
        return redirect("whatif")
    scenario.delete()
    messages.success(request, gettext("Removed: %(name)s.") % {"name": scenario.name})
    return redirect("whatif")


def _find_refusal(form: NameForm, moved: Moved, *, known: bool) -> str:
    """Return why a scenario cannot be kept; "" when it can. ``known``: the run has figures of its group."""
    if not form.is_valid():
        return " ".join(str(reason) for reason in form.errors["name"])
    if not known:
        return gettext("The scenario is not kept: there are no figures of its group. Choose another group.")
    if not moved.params:
        return gettext("Nothing is changed yet: move a lever first.")
    if Scenario.objects.count() >= MOST_SHOWN:
        text = gettext("There are %(count)d scenarios already, and no more can be kept: remove one first.")
        return text % {"count": MOST_SHOWN}
    return ""


def _asks_for_group(params: Mapping[str, str]) -> bool:
    return any(params.get(name) for name in ("scope", "dimension", "member"))


def _work_out(scenario: Scenario, start: Start | Missing, currency: str) -> ScenarioRow:
    moved = read_moved(scenario.levers)
    scope = Scope(scenario.dimension, scenario.member) if scenario.dimension else SHOP
    changes = [
        f"{SPECS[key].label} {say_change(SPECS[key], moved.typed[key], currency)}"
        for key in LEVERS
        if key in moved.typed
    ]
    if isinstance(start, Missing):
        return ScenarioRow(scenario, scope, moved, None, None, None, changes)
    before, after = value_customer(start.base), value_customer(start.base, moved.levers)
    return ScenarioRow(scenario, scope, moved, start, before, after, changes)


def may_remove(row: ScenarioRow, user: Any) -> bool:
    """Tell whether somebody may remove a scenario."""
    return bool(row.scenario.created_by_id == user.pk or user.has_perm(SET_TARGETS))
