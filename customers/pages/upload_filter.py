"""What narrows the history of imports: file, kind, state, who."""

from typing import Any

import django_filters as filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.imports.kinds import KINDS
from customers.models import Upload
from customers.tables import name_of

COMMAND = "-"  # in a URL: uploads that no person made


class UploadFilter(filters.FilterSet):
    """Filters of the list of uploads; kinds and people are those that occur in it."""

    file = filters.CharFilter(
        label=_("File"),
        method="filter_file",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("name or fingerprint")}),
    )
    kind = filters.ChoiceFilter(label=_("Holds"), empty_label=_("everything"))
    state = filters.ChoiceFilter(label=_("State"), choices=Upload.State.choices, empty_label=_("every state"))
    who = filters.ChoiceFilter(label=_("By"), method="filter_who", empty_label=_("everyone"))

    class Meta:
        model = Upload
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[Upload]) -> None:
        super().__init__(data, queryset)
        kinds = set(Upload.objects.order_by().values_list("kind", flat=True).distinct())
        self.filters["kind"].extra["choices"] = [
            (name, kind.label) for name, kind in KINDS.items() if name in kinds
        ]
        people = User.objects.filter(pk__in=Upload.objects.order_by().values("user").distinct())
        self.filters["who"].extra["choices"] = [
            *((str(user.pk), name_of(user)) for user in people.order_by("username")),
            (COMMAND, name_of(None)),
        ]

    def filter_file(self, queryset: QuerySet[Upload], name: str, value: str) -> QuerySet[Upload]:
        """Keep files with this in their name, or whose fingerprint starts with it."""
        return queryset.filter(Q(file_name__icontains=value) | Q(sha256__startswith=value.lower()))

    def filter_who(self, queryset: QuerySet[Upload], name: str, value: str) -> QuerySet[Upload]:
        """Keep the uploads of one person, or those that no person made."""
        return queryset.filter(user=None) if value == COMMAND else queryset.filter(user_id=value)

    @property
    def is_narrowing(self) -> bool:
        """Tell whether anything was asked for."""
        return any(self.data.get(name) for name in self.filters)
