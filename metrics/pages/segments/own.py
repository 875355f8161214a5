"""Saving a filter of the customer list as a segment of one's own, and removing one."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from customers.models import RetentionCost, Shop
from customers.permissions import SET_TARGETS, VIEW, SignedInRequest, require
from customers.signals import facts_changed
from klantwaarde import formats
from metrics import publishing
from metrics.members import MOST_MEMBERS
from metrics.models import OwnSegment, SegmentAdvice, SegmentSum
from metrics.named_segments import write_own
from metrics.own_segments import count_members
from metrics.pages.segments.criteria import read_criteria, tell_criteria

REASON = "segments"
MOST_SLUG = 60  # letters


class OwnSegmentForm(forms.ModelForm):
    """The name of a segment; its filters come with the page."""

    class Meta:
        model = OwnSegment
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = gettext(
            "As your team will call it: “Horeca with a large first order”."
        )

    def clean_name(self) -> str:
        """Refuse a name without letters, one that is taken, and one more than there can be."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        slug = slugify(name)
        if not slug:
            raise forms.ValidationError(gettext("Give the segment a name with letters or digits."))
        if any(slugify(taken) == slug for taken in OwnSegment.objects.values_list("name", flat=True)):
            raise forms.ValidationError(gettext("There is a segment with this name already."))
        if OwnSegment.objects.count() >= MOST_MEMBERS:
            raise forms.ValidationError(
                gettext("There are %(most)s segments of your own already. Remove one first.")
                % {"most": MOST_MEMBERS}
            )
        return name


@require(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def add_own_segment(request: SignedInRequest) -> HttpResponse:
    """Save the filters that the URL carries under a name; shows how many customers they keep before that."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/segments/none.html", {"current_run": None})
    criteria = read_criteria(QueryDict(request.META.get("QUERY_STRING", "")), run)
    size = count_members(run, criteria) if criteria else None
    form = OwnSegmentForm(request.POST or None)
    if request.method == "POST" and criteria and form.is_valid():
        own = _save(form, criteria, size, request)
        return redirect("segment", OwnSegment.SCHEME, own.slug)
    shop = Shop.load()
    context = {
        "current_run": run,
        "form": form,
        "criteria": tell_criteria(criteria, shop.currency),
        "size": size,
        "query": urlencode(criteria),
    }
    return render(request, "metrics/segments/own_form.html", context)


@transaction.atomic
def _save(
    form: OwnSegmentForm, criteria: dict[str, str], size: int | None, request: SignedInRequest
) -> OwnSegment:
    own: OwnSegment = form.save(commit=False)
    own.slug, own.criteria, own.size, own.created_by = _find_slug(own.name), criteria, size, request.user
    own.save()
    facts_changed.send(sender=OwnSegment, reason=REASON, user=request.user)
    number = formats.number(size, getattr(request, "LANGUAGE_CODE", "en"))
    messages.success(
        request,
        ngettext(
            "Saved: %(name)s, with %(n)s customer. Its figures follow with the calculation queued now.",
            "Saved: %(name)s, with %(n)s customers. Its figures follow with the calculation queued now.",
            size or 0,
        )
        % {"name": own.name, "n": number},
    )
    return own


def _find_slug(name: str) -> str:
    """Return a slug that no segment has had, or figures of a removed one would stand under this name."""
    slug = slugify(name)
    taken = set(OwnSegment.objects.values_list("slug", flat=True))
    sums = SegmentSum.objects.filter(scheme=OwnSegment.SCHEME)
    taken.update(sums.order_by().values_list("segment", flat=True).distinct())
    tried, place = slug, 1
    while tried in taken:
        place += 1
        suffix = f"-{place}"
        tried = slug[: MOST_SLUG - len(suffix)] + suffix
    return tried


def _bears_cost(own: OwnSegment) -> bool:
    return RetentionCost.objects.filter(segment=str(write_own(own))).exists()


@require_POST
@require(VIEW)
def remove_own_segment(request: HttpRequest, slug: str) -> HttpResponse:
    """Remove an own segment that no cost was made for: whoever saved it, or who sets targets, may."""
    own = get_object_or_404(OwnSegment, slug=slug)
    if own.created_by_id != request.user.pk and not request.user.has_perm(SET_TARGETS):
        raise PermissionDenied
    if _bears_cost(own):
        messages.error(
            request,
            gettext(
                "%(name)s stays: retention costs were made for it, and without it they would land on nobody. "
                "Undo the upload of these costs first."
            )
            % {"name": own.name},
        )
        return redirect("segment", OwnSegment.SCHEME, slug)
    with transaction.atomic():
        SegmentAdvice.objects.filter(scheme=OwnSegment.SCHEME, segment=slug).delete()
        own.delete()
    messages.success(request, gettext("Removed: %(name)s.") % {"name": own.name})
    return redirect("segment_scheme", OwnSegment.SCHEME)
