"""Persons whose data was erased: a log without their data, and what their records are recognised by."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.fields import ExternalIdField


class Erasure(models.Model):
    """That a person's data was erased, by whom and when; once it is done nothing in it says who that was.

    ``number`` is the anonymous number that the customer's row goes on under. ``customer`` is the primary key
    of the row, and only until the work is done. ``counts``: what was erased; until
    then who is meant, see ``customers.privacy.erasing``.
    """

    number = ExternalIdField(_("anonymous number"), unique=True)
    customer = models.BigIntegerField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("asked by"),
        related_name="+",
    )  # fmt: skip
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    counts = models.JSONField(_("erased"), default=dict, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number

    @property
    def copies(self) -> int:
        """Copies beside the facts that were cleared: before-images, rejects, rows behind findings."""
        return sum(self.counts.get(name, 0) for name in ("images", "rejects", "findings"))


class ErasedKey(models.Model):
    """A keyed digest of a customer number or e-mail address that was erased, and what stands in its place."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True)
    number = ExternalIdField(_("anonymous number"))

    class Meta:
        verbose_name = _("erased key")
        verbose_name_plural = _("erased keys")

    def __str__(self) -> str:
        return self.number
