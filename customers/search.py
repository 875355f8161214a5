"""Finding customers by the beginning of a name, a number, an e-mail address or a town.

Every word typed must begin one of the words known of a customer: "ann vri" finds Anna de Vries. Uses the
index `customer_search`; a query over anything else than its expression would read the whole table.
"""

from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import QuerySet, Value

from customers.models import Customer

LEAST_CHARACTERS = 2
MOST_WORDS = 8
_VECTOR = SearchVector("external_id", "name", "email", "city", config="simple")


def find_customers(text: str) -> QuerySet[Customer]:
    """Return the customers that `text` finds, in no order; none when it has too few characters."""
    words = split_words(text)
    if not words:
        return Customer.objects.none()
    query = reduce(and_, (_match_beginning(word) for word in words))
    return Customer.objects.annotate(found_in=_VECTOR).filter(found_in=query).order_by()


def split_words(text: str) -> list[str]:
    """Return the words to look for, in lower case; none when together they are too short to mean anything."""
    words = text.replace("\0", "").lower().split()[:MOST_WORDS]
    return words if sum(map(len, words)) >= LEAST_CHARACTERS else []


def _match_beginning(word: str) -> SearchQuery:
    """Match a word as a whole ("anna@exa", "k-00") or by its parts as Postgres splits them ("o'b")."""
    quoted = "'" + word.replace("\\", "\\\\").replace("'", "''") + "':*"
    by_parts = SearchQuery(Value(quoted), config="simple", search_type="raw")
    return by_parts if word.isalnum() else _Whole(quoted) | by_parts


class _Whole(SearchQuery):
    """A query whose word is taken as it stands; the parser would split an unfinished e-mail address."""

    def as_sql(self, *_args: Any, **_extra: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s::tsquery", (self.get_source_expressions()[0].value,)
