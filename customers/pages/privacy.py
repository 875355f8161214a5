"""Erasing a person on request: what goes and what stays, to be confirmed; and the log of what was erased."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from customers.models import Customer, Erasure, Order
from customers.permissions import ERASE, SignedInRequest, require
from customers.privacy import erasing
from customers.worker_presence import worker_is_present

PER_PAGE: Final = 25


@require(ERASE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase_customer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what erasing does; a POST with the customer's number leaves it to the worker."""
    customer = get_object_or_404(Customer, pk=pk)
    if erasing.is_erased(customer):
        messages.info(request, _("This person was erased already."))
        return redirect("erasures")
    if request.method != "POST":
        return render(request, "customers/erase.html", _describe(customer))
    if request.POST.get("number", "").strip() != customer.external_id:
        messages.error(request, _("That is not the number of this customer. Nothing was erased."))
        return render(request, "customers/erase.html", _describe(customer), status=400)
    erasing.ask(customer, request.user)
    messages.success(request, _("The person will be erased as soon as no import is running."))
    return redirect("erasures")


@require(ERASE)
@never_cache
@require_safe
def list_erasures(request: SignedInRequest) -> HttpResponse:
    """The log: when, by whom, under which anonymous number, and how much. Never who."""
    page = Paginator(Erasure.objects.select_related("user"), PER_PAGE).get_page(request.GET.get("page"))
    waits = any(erasure.done_at is None for erasure in page)
    context = {"page": page, "waits": waits, "nobody_works": waits and not worker_is_present()}
    return render(request, "customers/erasures.html", context)


def _describe(customer: Customer) -> dict[str, Any]:
    answers = customer.survey_answers.exclude(comment="").count()
    return {
        "customer": customer,
        "orders": Order.objects.filter(customer=customer).count(),
        "comments": answers,
        "attributes": sorted(customer.attributes),
    }
