"""What the shop spent to win customers and to keep them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.facts import Customer
from customers.models.fields import ExternalIdField, MoneyField
from customers.models.uploads import UploadField


class AcquisitionCost(models.Model):
    """Money spent to win customers. Without an id of its own a row is keyed channel|campaign|first|last."""

    external_id = ExternalIdField(_("key"), unique=True)
    channel = models.TextField(_("channel"))
    campaign = models.TextField(_("campaign"), blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    amount = MoneyField(_("amount"))
    upload = UploadField()

    class Meta:
        verbose_name = _("acquisition cost")
        verbose_name_plural = _("acquisition costs")
        constraints = [
            models.CheckConstraint(name="acquisition_cost_channel_filled", condition=~Q(channel="")),
            models.CheckConstraint(name="acquisition_cost_range", condition=Q(last_day__gte=F("first_day"))),
            models.CheckConstraint(name="acquisition_cost_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return self.external_id


class RetentionCost(models.Model):
    """Money spent to keep customers: one customer's, a programme's, a segment's, or (none named) everyone's.

    ``segment`` is written as ``customers.segments`` does: ``country = NL``.
    """

    external_id = ExternalIdField(_("key"), unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, verbose_name=_("customer"),
        related_name="retention_costs",
    )  # fmt: skip
    programme = models.TextField(_("programme"), blank=True)
    segment = models.TextField(_("segment"), blank=True, db_default="", default="")
    description = models.TextField(_("description"), blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    amount = MoneyField(_("amount"))
    upload = UploadField()

    class Meta:
        verbose_name = _("retention cost")
        verbose_name_plural = _("retention costs")
        constraints = [
            models.CheckConstraint(
                name="retention_cost_of_one",
                condition=Q(programme="", segment="")
                | Q(customer__isnull=True, segment="")
                | Q(customer__isnull=True, programme=""),
            ),
            models.CheckConstraint(name="retention_cost_range", condition=Q(last_day__gte=F("first_day"))),
            models.CheckConstraint(name="retention_cost_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return self.external_id


class ProgrammeMembership(models.Model):
    """A customer is in a retention programme from ``first_day`` to ``last_day`` (open when NULL)."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), related_name="memberships"
    )
    programme = models.TextField(_("programme"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    upload = UploadField()

    class Meta:
        verbose_name = _("programme membership")
        verbose_name_plural = _("programme memberships")
        constraints = [
            models.UniqueConstraint(name="membership_once", fields=["customer", "programme", "first_day"]),
            models.CheckConstraint(name="membership_programme_filled", condition=~Q(programme="")),
            models.CheckConstraint(
                name="membership_range", condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}: {self.customer_id}"
