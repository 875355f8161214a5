"""What a what-if calculation starts from, and the scenarios that people keep."""

from django.conf import settings as site_settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.fields import MoneyField
from metrics.models.runs import Run


class GroupValue(models.Model):
    """What the customers of a group with a valid order came to, from their first order to ``as_of``.

    The shop is dimension "" and member "". ``customer_years``: years as a customer, at least one each.
    ``known``, ``known_revenue`` and ``contribution`` are over those whose costs are known.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="groups")
    dimension = models.CharField(max_length=128, blank=True)
    member = models.TextField(blank=True)
    n = models.PositiveIntegerField()
    orders = models.PositiveBigIntegerField()
    revenue = MoneyField()
    customer_years = models.DecimalField(max_digits=24, decimal_places=10)
    known = models.PositiveIntegerField()
    known_revenue = MoneyField()
    contribution = MoneyField()
    acquisition_cost = MoneyField()
    retention_cost = MoneyField()

    class Meta:
        verbose_name = _("value of a group")
        verbose_name_plural = _("values of groups")
        constraints = [
            models.UniqueConstraint(name="group_value_once", fields=["run", "dimension", "member"])
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.member}"


class Scenario(models.Model):
    """A what-if that somebody named. ``levers``: change per lever as text, in the unit its form asks for.

    It holds what is changed, not what comes out, so that every later run gives it its own outcome.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    dimension = models.CharField(max_length=128, blank=True)
    member = models.TextField(blank=True)
    levers = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("made by"), related_name="+"
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
