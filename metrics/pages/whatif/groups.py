"""Which groups a what-if can be about: those that the run knows the value of."""

from metrics.models import GroupValue, Run
from metrics.pages.scope import arrange_members


def list_groups(run: Run) -> dict[str, list[str]]:
    """Return the members of every dimension, as a reader chooses among them."""
    found: dict[str, set[str]] = {}
    groups = GroupValue.objects.filter(run=run, revenue__gt=0).exclude(dimension="")
    for dimension, member in groups.values_list("dimension", "member"):
        found.setdefault(dimension, set()).add(member)
    return arrange_members(found)
