"""Column types that every fact shares."""

from typing import Any

from django.db import models


class MoneyField(models.DecimalField):
    """An amount in the reporting currency: numeric(19, 4), exact."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 19)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


class ExternalIdField(models.TextField):
    """The shop's own id: always text, compared byte by byte so that ties sort alike on every machine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)
