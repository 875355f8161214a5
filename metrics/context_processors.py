"""What every page shows of the calculation it reads."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from metrics.models import Publication


def current_run(request: HttpRequest) -> dict[str, object]:
    """Return ``current_run``: the published run, or None before the first one; read only if it is used."""

    def read() -> object:
        publication = Publication.objects.select_related("run", "run__settings").first()
        return publication.run if publication else None

    # A request for a host that is not ours is refused before anybody is recognised.
    user = getattr(request, "user", None)
    return {"current_run": SimpleLazyObject(read) if user and user.is_authenticated else None}
