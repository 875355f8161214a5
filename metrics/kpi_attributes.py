"""Which further columns of customers KPIs can be given by."""

from typing import Final

from django.db import connection

from customers.models import Customer

MOST_ATTRIBUTES: Final = 5
#: So many customers tell which columns a shop has; a column that none of them fills is not worth a KPI.
_LOOKED_THROUGH: Final = 50_000


def list_attributes() -> list[str]:
    """Return the further columns that customers have, by their labels."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT label FROM (SELECT attributes FROM"
            f" {Customer._meta.db_table} WHERE attributes <> '{{}}' LIMIT {_LOOKED_THROUGH}) AS known,"
            " jsonb_object_keys(attributes) AS label ORDER BY label"
        )
        return [label for (label,) in cursor.fetchall()]
