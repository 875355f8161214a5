"""What a URL of the segment pages asks for: a scheme, a segment, a period."""

from django.http import Http404, HttpRequest

from metrics.core.segments import SCHEMES, Scheme
from metrics.models import OwnSegment, Run
from metrics.pages.figures import read_figures
from metrics.pages.periods import Choice, read_choice


def find_scheme(key: str) -> Scheme | None:
    """Return a scheme; None for own segments, which have no rules of ours. Another key: 404."""
    if key == OwnSegment.SCHEME:
        return None
    scheme = SCHEMES.get(key)
    if scheme is None:
        raise Http404
    return scheme


def choose_period(request: HttpRequest, run: Run, **kept: str) -> Choice | None:
    """Return the period that a URL asks for; None when the run has no figures of any."""
    figures = read_figures(run, ["revenue"])
    months = figures.list_months()
    return read_choice(request.GET, months, figures.list_complete(), kept=kept) if months else None
