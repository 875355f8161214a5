"""Segments: by which thresholds, what a run found, and what people made of them.

Thresholds, own segments and advice are set by people and kept; the rest is rebuilt by every calculation.
"""

from decimal import Decimal
from typing import Any, Final

from django.conf import settings as site_settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.fields import MoneyField
from metrics.models.runs import Run


def _days(label: Any, default: int) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(label, default=default, validators=[MinValueValidator(1)])


def _amount(label: Any) -> MoneyField:
    return MoneyField(label, null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))])


class SegmentSettings(models.Model):
    """The thresholds of the schemes (``metrics.core.segments``). A change makes a new version.

    Amounts are NULL until a calculation proposes them from the shop's own customers; from then on they stand
    until somebody changes them. ``created_by`` is NULL for a version that a calculation made.
    """

    rfm_recent_days = _days(_("bought recently: at most this many days ago"), 90)
    rfm_quiet_days = _days(_("bought a while ago: at most this many days ago"), 180)
    rfm_silent_days = _days(_("bought long ago: at most this many days ago"), 365)
    rfm_repeat_orders = _days(_("bought again: from this number of orders"), 2)
    rfm_many_orders = _days(_("bought often: from this number of orders"), 5)
    rfm_high_revenue = _amount(_("high revenue: from"))
    tier_top = _amount(_("top: realised value from"))
    tier_high = _amount(_("high: realised value from"))
    tier_middle = _amount(_("middle: realised value from"))
    lifecycle_new_days = _days(_("new: first order at most this many days ago"), 90)
    lifecycle_cooling_days = _days(_("active: last order at most this many days ago"), 180)
    lifecycle_silent_days = _days(_("cooling: last order at most this many days ago"), 365)
    lifecycle_loyal_orders = _days(_("loyal: from this number of orders"), 4)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("thresholds of segments")
        verbose_name_plural = _("thresholds of segments")
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @classmethod
    def current(cls) -> "SegmentSettings":
        """Return the newest version, made with the defaults on first use."""
        return cls.objects.order_by("-id").first() or cls.objects.create()


class SegmentRun(models.Model):
    """What a run's segments stand on: the thresholds it used, by name, as text (None: not set).

    ``provisional``: amounts were proposed from so few customers that the next calculation proposes anew.
    ``tiers_known``: what every customer had realised is known for earlier months, too. ``months``: the month
    ends that have a history, first days of the months, oldest first.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="segment_run", primary_key=True)
    settings = models.ForeignKey(SegmentSettings, models.PROTECT, related_name="+")
    thresholds = models.JSONField(default=dict)
    provisional = models.BooleanField(default=False)
    tiers_known = models.BooleanField(default=False)
    months = models.JSONField(default=list)

    class Meta:
        verbose_name = _("segments of a calculation")
        verbose_name_plural = _("segments of calculations")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.run_id}"


class SegmentSum(models.Model):
    """A segment on the day of a run: who is in it, and what they are worth together.

    ``scheme`` is one of ``metrics.core.segments.SCHEMES``, or ``segment`` for own ones, whose ``segment`` is
    a slug. Customers who objected to profiling are in none. A sum goes with the number that it is known for.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="segment_sums", db_index=False)
    scheme = models.CharField(max_length=12)
    segment = models.TextField()
    customers = models.PositiveIntegerField()
    orders = models.PositiveIntegerField()
    revenue = MoneyField()
    realised = MoneyField(null=True)
    realised_known = models.PositiveIntegerField()
    predicted_12 = MoneyField(null=True)
    predicted_known = models.PositiveIntegerField()
    at_risk = MoneyField(null=True)
    at_risk_known = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("segment on the day of a calculation")
        verbose_name_plural = _("segments on the day of a calculation")
        constraints = [models.UniqueConstraint(name="segment_sum_once", fields=["run", "scheme", "segment"])]

    def __str__(self) -> str:
        return f"{self.scheme} {self.segment} ({self.run_id})"


class SegmentMonth(models.Model):
    """A segment at a month end (the last one: on ``as_of``), with its 12 months up to then, by order.

    ``scheme`` and ``segment`` as in ``SegmentSum``; only customers with a valid order by then.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="segment_months", db_index=False)
    scheme = models.CharField(max_length=12)
    month = models.DateField()  # its first day
    segment = models.CharField(max_length=60)
    customers = models.PositiveIntegerField()
    revenue_12m = MoneyField()
    contribution_12m = MoneyField(null=True)

    class Meta:
        verbose_name = _("segment at a month end")
        verbose_name_plural = _("segments at month ends")
        constraints = [
            models.UniqueConstraint(name="segment_month_once", fields=["run", "scheme", "month", "segment"])
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.segment} {self.month:%Y-%m}"


class SegmentMoves(models.Model):
    """How many customers went from which segment to which between two month ends.

    ``counts``: a row per segment before, a column per segment after, in the order of the scheme; last comes
    who was no customer yet. Rows add up to the sizes before, columns to the sizes after.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="segment_moves", db_index=False)
    scheme = models.CharField(max_length=12)
    before = models.DateField()
    after = models.DateField()
    counts = models.JSONField()

    class Meta:
        verbose_name = _("moves between segments")
        verbose_name_plural = _("moves between segments")
        constraints = [
            models.UniqueConstraint(name="segment_moves_once", fields=["run", "scheme", "before", "after"])
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.before:%Y-%m} - {self.after:%Y-%m}"


class OwnSegment(models.Model):
    """A filter of the ranked list that somebody saved under a name.

    ``criteria``: the parameters of the list's URL (``metrics.own_segments``). ``size``: how many customers it
    had when it was saved; from the next calculation on its ``SegmentSum`` says so.
    """

    SCHEME: Final = "segment"

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    criteria = models.JSONField()
    size = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("own segment")
        verbose_name_plural = _("own segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SegmentAdvice(models.Model):
    """What to do with a segment, as the company says it instead of what comes with Klantwaarde."""

    scheme = models.CharField(max_length=12)
    segment = models.CharField(max_length=60)
    language = models.CharField(max_length=5)
    text = models.TextField(_("what to do"))
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("advice on a segment")
        verbose_name_plural = _("advice on segments")
        constraints = [
            models.UniqueConstraint(name="segment_advice_once", fields=["scheme", "segment", "language"])
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.segment} ({self.language})"
