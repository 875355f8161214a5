"""What checks found about the facts, with the rows behind each finding, as it was when it was measured."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.uploads import Upload


class QualityMeasurement(models.Model):
    """One measurement: of all facts (``upload`` is NULL), or of what one upload wrote.

    ``findings``: by key of a check, ``{"count": rows, "amount": money as text or null}``.
    ``totals``: what the counts are a share of, by subject ("orders": 4812).
    """

    upload = models.OneToOneField(Upload, models.CASCADE, null=True, blank=True, related_name="quality")
    measured_at = models.DateTimeField(_("measured"), auto_now_add=True)
    findings = models.JSONField(_("findings"), default=dict, blank=True)
    totals = models.JSONField(_("totals"), default=dict, blank=True)

    class Meta:
        verbose_name = _("measurement of quality")
        verbose_name_plural = _("measurements of quality")

    def __str__(self) -> str:
        return f"{self.measured_at:%Y-%m-%d %H:%M}"


class Evidence(models.Model):
    """One row behind a finding: ``cells`` are texts (or null) in the order of the check's fields."""

    pk = models.CompositePrimaryKey("measurement_id", "finding", "position")
    measurement = models.ForeignKey(
        QualityMeasurement, models.CASCADE, related_name="evidence", db_index=False
    )
    finding = models.CharField(max_length=40)
    position = models.IntegerField()
    cells = models.JSONField(default=list)

    class Meta:
        verbose_name = _("row behind a finding")
        verbose_name_plural = _("rows behind findings")

    def __str__(self) -> str:
        return f"{self.finding} {self.position}"
