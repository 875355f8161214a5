"""What cohorts did, month after month since they were new; how long customers wait, and keep buying."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.fields import MoneyField
from metrics.models.runs import Run


class CohortCell(models.Model):
    """The new customers of a calendar month, so many calendar months after it.

    ``dimension`` and ``member`` as of ``KpiValue``: the shop, a channel or a first category (the 50 largest
    and ``metrics.members.OTHER``). All sums are of this month alone, so that months add up. Kept for the last
    36 cohorts; one without customers has no cells.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="cohort_cells", db_index=False)
    dimension = models.CharField(max_length=32, blank=True)
    member = models.TextField(blank=True)
    cohort = models.DateField()  # first day of the month in which they were new
    age = models.PositiveSmallIntegerField()  # calendar months since; 0 is the month of the first order
    customers = models.PositiveIntegerField()  # of the whole cohort, the same at every age
    active = models.PositiveIntegerField()  # with a valid order in the month
    repurchased = models.PositiveIntegerField()  # whose second purchase occasion falls in the month
    revenue = MoneyField()  # by order, less refunds without an order
    contribution = MoneyField(null=True)  # NULL: the cost of goods of an order is not known
    complete = models.BooleanField()  # cohort and month lie inside [data complete from, as_of]

    class Meta:
        verbose_name = _("cohort cell")
        verbose_name_plural = _("cohort cells")
        constraints = [
            models.UniqueConstraint(
                name="cohort_cell_once", fields=["run", "dimension", "member", "cohort", "age"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.cohort:%Y-%m} + {self.age}"


class BuyingRhythm(models.Model):
    """How long the customers of a member wait between two purchases, and when they fall silent.

    ``dimension`` and ``member`` as of ``KpiValue``; of the shop ``Run.curves`` and ``Prediction.shop`` tell.
    ``gaps``: see ``metrics.rhythm.draw_gaps``, empty when nobody bought again; ``survival``: see
    ``metrics.silence``. A member of whom neither can be told has no row.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="rhythms", db_index=False)
    dimension = models.CharField(max_length=128)
    member = models.TextField(blank=True)
    gaps = models.JSONField(default=list)
    survival = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("buying rhythm")
        verbose_name_plural = _("buying rhythms")
        constraints = [
            models.UniqueConstraint(name="buying_rhythm_once", fields=["run", "dimension", "member"])
        ]

    def __str__(self) -> str:
        return f"{self.dimension}: {self.member}"
