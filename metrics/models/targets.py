"""What a KPI should be. Set by people, so it is kept when conclusions are made anew."""

from django.conf import settings as site_settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.uploads import UploadField


class Target(models.Model):
    """What a KPI should be over a range of days: of the whole shop, of a channel or of a segment.

    ``kpi`` is a key of ``metrics.kpis``; ``value`` is in its unit, a percentage as a fraction (0.35);
    ``segment`` is written as ``customers.segments`` does. ``upload`` is NULL for one set by hand.
    """

    kpi = models.CharField(_("KPI"), max_length=32)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    channel = models.TextField(_("channel"), blank=True)
    segment = models.TextField(_("segment"), blank=True)
    value = models.DecimalField(_("target"), max_digits=24, decimal_places=6)
    set_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("set by"),
        related_name="+",
    )  # fmt: skip
    set_at = models.DateTimeField(_("set"), default=timezone.now)
    upload = UploadField(null=True, blank=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                name="target_once", fields=["kpi", "first_day", "last_day", "channel", "segment"]
            ),
            models.CheckConstraint(name="target_kpi_filled", condition=~Q(kpi="")),
            models.CheckConstraint(name="target_range", condition=Q(last_day__gte=F("first_day"))),
            models.CheckConstraint(name="target_of_one", condition=Q(channel="") | Q(segment="")),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.first_day}"


class TargetChange(models.Model):
    """Who set a target from what to what, and when: ``before`` is NULL for a new one, ``after`` at its end.

    It names the target in full, so that it is still understood when the target is gone.
    """

    kpi = models.CharField(_("KPI"), max_length=32)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    channel = models.TextField(_("channel"), blank=True)
    segment = models.TextField(_("segment"), blank=True)
    before = models.DecimalField(_("from"), max_digits=24, decimal_places=6, null=True)
    after = models.DecimalField(_("to"), max_digits=24, decimal_places=6, null=True)
    changed_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        verbose_name=_("changed by"),
        related_name="+",
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    by_upload = models.BooleanField(_("by an upload"), default=False)

    class Meta:
        verbose_name = _("change of a target")
        verbose_name_plural = _("changes of targets")
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(name="target_change_of", fields=["kpi", "first_day", "last_day"])]

    def __str__(self) -> str:
        return f"{self.kpi} {self.first_day} {self.before} → {self.after}"
