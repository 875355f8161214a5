"""Customers who are one person: what was decided, by whom, and what it moved."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.fields import ExternalIdField


class PersonDecision(models.Model):
    """Somebody said that customers with one e-mail address are one person, or that they are not.

    A decision in force has no ``withdrawn_at``. ``numbers`` are the customers it is about, ``kept`` the
    number that an accepted one goes on under. ``kept_before`` holds what that customer's own row said before.
    """

    class Verdict(models.TextChoices):
        SAME = "same", _("one person")
        DIFFERENT = "different", _("different people")

    verdict = models.CharField(_("verdict"), max_length=9, choices=Verdict)
    email = models.TextField(_("e-mail address"))
    numbers = models.JSONField(_("customer numbers"), default=list)
    kept = ExternalIdField(_("goes on as"), blank=True)
    kept_before = models.JSONField(default=dict, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("withdrawn by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("decision about persons")
        verbose_name_plural = _("decisions about persons")
        ordering = ["-id"]
        indexes = [
            models.Index(
                name="person_decision_in_force", fields=["verdict"], condition=models.Q(withdrawn_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.verdict}"


class JoinedCustomer(models.Model):
    """A customer who goes on as another. While joined, ``image`` is the whole row; while apart it is NULL."""

    decision = models.ForeignKey(PersonDecision, models.CASCADE, related_name="joined")
    number = ExternalIdField(_("customer number"))
    image = models.JSONField(null=True)

    class Meta:
        verbose_name = _("joined customer")
        verbose_name_plural = _("joined customers")
        constraints = [models.UniqueConstraint(name="joined_once", fields=["decision", "number"])]

    def __str__(self) -> str:
        return self.number


class JoinedFact(models.Model):
    """A row that went to another customer, to be given back exactly.

    ``image`` is the whole row where it could not go along, because that customer has such a row already.
    """

    joined = models.ForeignKey(JoinedCustomer, models.CASCADE, related_name="facts")
    table = models.CharField(max_length=63)
    column = models.CharField(max_length=63)
    row = models.BigIntegerField()
    image = models.JSONField(null=True)

    class Meta:
        verbose_name = _("joined fact")
        verbose_name_plural = _("joined facts")

    def __str__(self) -> str:
        return f"{self.table} {self.row}"
