"""What the last measurement of quality found, for tests."""

from customers.models import Evidence
from customers.quality.measure import measure_all
from customers.quality.register import CHECKS


def find(key: str) -> tuple[int, str | None]:
    """Measure all facts; how many rows a check found, and the money in them."""
    found = measure_all().findings[key]
    return found["count"], found["amount"]


def rows_of(key: str, *names: str) -> list[tuple[str | None, ...]]:
    """The named cells of the rows kept behind a finding."""
    places = [[field.name for field in CHECKS[key].fields].index(name) for name in names]
    kept = Evidence.objects.filter(finding=key).order_by("position").values_list("cells", flat=True)
    return [tuple(cells[place] for place in places) for cells in kept]
