from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MetricsConfig(AppConfig):
    """What we conclude from the facts; can be deleted and rebuilt from them."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "metrics"
    verbose_name = _("Conclusions")

    def ready(self) -> None:
        """When facts change, ask for a calculation and note changed targets in the same transaction.

        And let targets be imported, and costs and targets name segments.
        """
        from customers.signals import facts_changed
        from metrics import named_segments, targets

        facts_changed.connect(_request_run, dispatch_uid="metrics.request_run")
        facts_changed.connect(_note_targets, dispatch_uid="metrics.note_targets")
        targets.register()
        named_segments.register()


def _request_run(sender: object, *, reason: str, user: Any = None, **_kwargs: object) -> None:
    from metrics.pipeline import request_run

    request_run(reason, user)


def _note_targets(sender: object, *, user: Any = None, **_kwargs: object) -> None:
    from metrics.target_changes import note_changes

    note_changes(user)
