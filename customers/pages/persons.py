"""Customers who may be one person: look at each suggestion, decide, and take a decision back."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customers.models import PersonDecision
from customers.permissions import UPLOAD, VIEW, require
from customers.persons import suggestions
from customers.persons.decisions import DecisionRefused, accept, decline, withdraw
from customers.quality import schedule
from customers.quality.measure import latest

PER_PAGE: Final = 10
DECISIONS_PER_PAGE: Final = 20
SHARED: Final = 5  # from so many customers an address is probably not one person's


@require(VIEW)
@never_cache
@require_safe
def show_persons(request: HttpRequest) -> HttpResponse:
    """Show the open suggestions as last measured, and under them every decision."""
    measurement = latest()
    context: dict[str, Any] = {
        "measurement": measurement,
        "waiting": schedule.is_waiting(),
        "decisions": _page(suggestions.list_decisions(), request, "decisions", DECISIONS_PER_PAGE),
        "shared": SHARED,
    }
    if measurement:
        page = _page(suggestions.list_open(measurement), request, "page", PER_PAGE)
        context |= {"page": page, "suggestions": suggestions.load(list(page))}
    return render(request, "customers/persons.html", context)


@require(UPLOAD)
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Take the decision of the form: one person with the chosen customers, or different people."""
    email = request.POST.get("email", "")
    numbers = request.POST.getlist("customer")
    try:
        if request.POST.get("verdict") == PersonDecision.Verdict.SAME:
            decision = accept(email, numbers, request.POST.get("kept", ""), _user(request))
            said = _("%(email)s is one person from now on: customer %(kept)s. You can take that back below.")
            messages.success(request, said % {"email": email, "kept": decision.kept})
        else:
            decline(email, request.POST.getlist("everyone"), _user(request))
            said = _("Noted: the customers with %(email)s are different people.")
            messages.success(request, said % {"email": email})
    except DecisionRefused as refused:
        messages.error(request, str(refused))
    return redirect("persons")


@require(UPLOAD)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a decision: customers stand apart again exactly as they were."""
    decision = get_object_or_404(PersonDecision, pk=pk)
    try:
        withdraw(decision, _user(request))
    except DecisionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("The decision about %(email)s was taken back.") % {"email": decision.email}
        )
    return redirect("persons")


def _page(rows: Any, request: HttpRequest, field: str, size: int) -> Any:
    return Paginator(rows, size).get_page(request.GET.get(field))


def _user(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None
