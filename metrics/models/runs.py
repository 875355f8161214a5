"""Calculations, and which of them readers see."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings as site_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.settings import CalculationSettings


def whole_sum(group: Mapping[str, Any], amount: str) -> str | None:
    """Return a group's sum of an amount in ``Run.totals``; None unless it is known for everyone."""
    known: str | None = group[amount] if group[f"{amount}_known"] == group["n"] else None
    return known


class Run(models.Model):
    """One calculation. Readers see it only once the publication points at it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("calculating")
        PUBLISHED = "published", _("published")
        FAILED = "failed", _("failed")

    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    settings = models.ForeignKey(CalculationSettings, models.PROTECT, related_name="runs")
    reason = models.TextField(_("reason"), blank=True)
    requested_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    step = models.CharField(_("step"), max_length=32, blank=True)
    done = models.PositiveIntegerField(_("steps done"), default=0)
    total = models.PositiveIntegerField(_("steps"), default=0)
    heartbeat = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    created_at = models.DateTimeField(_("requested"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    # Exact totals as text, null where a part is unknown (revenue, contribution, each method's sum, cost
    # allocation, anonymous share, known-cost share, n of objections); histogram and Lorenz points per method.
    # See metrics.publishing.
    totals = models.JSONField(default=dict, blank=True)
    curves = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("calculation")
        verbose_name_plural = _("calculations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="run_queued_once", fields=["state"], condition=models.Q(state="queued")
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.as_of})"

    def count_missing(self, method: str) -> tuple[int, int]:
        """Return how many buyers have no value by the method, and how many there are.

        Who objects to profiling is not among them: a run that knows so counts them apart.
        """
        buyers = self.totals.get("scored") or self.totals.get("buyers", {})
        n = int(buyers.get("n", 0))
        return n - int(buyers.get(f"{method}_known", 0)), n

    def is_valueless(self, method: str) -> bool:
        """Tell whether nobody with a valid order has a value by the method, so that its ranks say nothing.

        A shop that has not said what its goods cost is then listed by revenue.
        """
        without, buyers = self.count_missing(method)
        return 0 < buyers == without


class Publication(models.Model):
    """One row: the run that readers see. Flipping it is what publishing means."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("publication")
        constraints = [models.CheckConstraint(name="publication_is_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.run_id}"
