"""Adding, changing and removing a target."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from customers.models import Shop
from customers.permissions import SET_TARGETS, SignedInRequest, require
from metrics import target_changes
from metrics.kpis import KPIS
from metrics.models import Run, Target
from metrics.pages.scope import SHOP, ScopeChoice, list_members, read_scope
from metrics.pages.table_export import list_downloads
from metrics.pages.targets.forms import TargetForm, name_target
from metrics.pages.targets.history import list_changes
from metrics.publishing import current_run
from metrics.targets_status import find_state


@require(SET_TARGETS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_target(request: SignedInRequest) -> HttpResponse:
    """Show an empty form, ``?kpi=…&dimension=…&member=…`` filled in, and save what it is sent."""
    asked = request.GET.get("kpi", "")
    return _answer(request, Target(kpi=asked if asked in KPIS else ""))


@require(SET_TARGETS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_target(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a target with who set it to what, and save what its form is sent."""
    return _answer(request, get_object_or_404(Target, pk=pk))


@require(SET_TARGETS)
@require_http_methods(["GET", "HEAD", "POST"])
def remove_target(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whether to remove a target, and do so when it is sent."""
    target = get_object_or_404(Target, pk=pk)
    name = name_target(target, Shop.load().currency)
    if request.method != "POST":
        return render(request, "metrics/targets/remove.html", {"target": target, "name": name})
    target_changes.remove_target(target, request.user)
    messages.success(request, gettext("Removed: %(target)s.") % {"target": name})
    return redirect("targets")


def _answer(request: SignedInRequest, target: Target) -> HttpResponse:
    run, shop = current_run(), Shop.load()
    today = timezone.now().astimezone(ZoneInfo(shop.time_zone)).date()
    form = TargetForm(
        request.POST or None, instance=target, scopes=_read_scopes(request, run), today=today,
        currency=shop.currency,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        saved = form.fill()
        target_changes.save_target(saved, request.user)
        messages.success(
            request, gettext("Saved: %(target)s.") % {"target": name_target(saved, shop.currency)}
        )
        if run and run.as_of and find_state(saved, run.as_of) == "ended":
            messages.info(request, gettext("This period has ended already: the target is judged at once."))
        return redirect("targets")
    context: dict[str, Any] = {
        "form": form,
        "target": target if target.pk else None,
        "name": name_target(target, shop.currency) if target.pk else "",
        "changes": list_changes(shop.currency, target) if target.pk else [],
        "change_downloads": list_downloads("target_changes_export", query=f"target={target.pk}"),
        "zone": shop.time_zone,
    }
    return render(request, "metrics/targets/edit.html", context)


def _read_scopes(request: HttpRequest, run: Run | None) -> ScopeChoice:
    if run is None or run.as_of is None:
        return ScopeChoice(SHOP)
    return read_scope(request.GET, list_members(run))
