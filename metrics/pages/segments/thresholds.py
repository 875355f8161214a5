"""The page where thresholds are set: what each segment would have is shown before anything is saved."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from customers.models import Shop
from customers.number_fields import LocalDecimalField, WholeNumberField
from customers.permissions import SET_TARGETS, SignedInRequest, require
from metrics import publishing
from metrics.core.segments import AMOUNT_THRESHOLDS, SCHEMES, check_order
from metrics.models import Run, SegmentSettings, SegmentSum
from metrics.pages.segments.names import name_scheme, name_segment
from metrics.pages.segments.threshold_history import FIELDS, list_changes
from metrics.segment_thresholds import THRESHOLDS, count_by_thresholds, save_thresholds

#: Thresholds that must rise, each above the one before.
RISING: Final = (
    ("rfm_recent_days", "rfm_quiet_days", "rfm_silent_days"),
    ("rfm_repeat_orders", "rfm_many_orders"),
    ("tier_middle", "tier_high", "tier_top"),
    ("lifecycle_new_days", "lifecycle_cooling_days", "lifecycle_silent_days"),
)


class ThresholdsForm(forms.ModelForm):
    """The thresholds of all schemes. ``version`` is what the page started from."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = SegmentSettings
        fields = THRESHOLDS
        field_classes = {
            name: LocalDecimalField if name in AMOUNT_THRESHOLDS else WholeNumberField for name in THRESHOLDS
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.pk
        for name in THRESHOLDS:
            self.fields[name].label = capfirst(str(self.fields[name].label))
            if name in AMOUNT_THRESHOLDS:
                text = gettext("Empty: the next calculation proposes it, from your own customers.")
                self.fields[name].help_text = text

    def clean(self) -> dict[str, Any]:
        """Thresholds of one kind rise; two that are equal would leave a segment nobody can be in."""
        cleaned = super().clean() or self.cleaned_data
        for names in RISING:
            for lower, upper in pairwise(names):
                if not check_order((cleaned.get(lower), cleaned.get(upper))):
                    label = str(self.fields[lower].label)
                    text = gettext("This must be more than “%(other)s”.") % {"other": label}
                    self.add_error(upper, text)
        return cleaned


@dataclass(frozen=True, slots=True)
class Preview:
    """A scheme with its segments: name, customers now, and customers by the thresholds on the form."""

    name: str
    rows: list[tuple[str, int, int]]


@require(SET_TARGETS)
@require_http_methods(["GET", "HEAD", "POST"])
def change_thresholds(request: SignedInRequest) -> HttpResponse:
    """Show the thresholds, count what others would come to, and save them as a new version."""
    form = ThresholdsForm(request.POST or None, instance=SegmentSettings.current())
    run, shop = publishing.current_run(), Shop.load()
    previews: list[Preview] = []
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            if _save(request, form):
                return redirect("segments")
        elif run is not None and run.as_of is not None:
            previews = _preview(run, run.as_of, form.save(commit=False))
    context = {
        "current_run": run,
        "form": form,
        "groups": [
            (name_scheme(key), [form[name] for name in FIELDS if name in scheme.thresholds])
            for key, scheme in SCHEMES.items()
        ],
        "previews": previews,
        "history": list_changes(shop.currency),
        "zone": shop.time_zone,
    }
    return render(request, "metrics/segments/thresholds.html", context)


def _save(request: SignedInRequest, form: ThresholdsForm) -> bool:
    """Save and say what follows; False leaves the error on the form."""
    try:
        changed = save_thresholds(
            form.save(commit=False), based_on=form.cleaned_data["version"], user=request.user
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    if changed:
        text = gettext("Saved. A calculation is queued; until it is done the segments stay as they are.")
        messages.success(request, text)
    else:
        messages.info(request, gettext("Nothing has been changed."))
    return True


def _preview(run: Run, as_of: date, wanted: SegmentSettings) -> list[Preview]:
    would_be = count_by_thresholds(run, as_of, wanted)
    rows = SegmentSum.objects.filter(run=run, scheme__in=SCHEMES)
    now = {(row.scheme, row.segment): row.customers for row in rows}
    return [
        Preview(
            name_scheme(key),
            [
                (name_segment(key, segment), now.get((key, segment), 0), would_be[key].get(segment, 0))
                for segment in scheme.shown
                if segment in scheme.segments or would_be[key].get(segment) or now.get((key, segment))
            ],
        )
        for key, scheme in SCHEMES.items()
    ]
