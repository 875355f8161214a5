"""What a run found about satisfaction, referrals and retention programmes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, SurveyAnswer
from customers.models.fields import MoneyField
from metrics.models.runs import Run


class Satisfaction(models.Model):
    """Answers, referrals and programmes of a run. Empty parts: nothing of the kind was uploaded.

    ``answers``: see ``metrics.satisfaction``. ``relation``: what was bought in the year after an answer, per
    family of scales (``metrics.core.satisfaction.Relation``). ``referrals``: see ``metrics.referrals``;
    ``programmes``: see ``metrics.programmes``. Amounts are text, exact; means floats.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="satisfaction", primary_key=True)
    answers = models.JSONField(default=dict)
    relation = models.JSONField(default=dict)
    referrals = models.JSONField(default=dict)
    programmes = models.JSONField(default=list)

    class Meta:
        verbose_name = _("satisfaction of a calculation")
        verbose_name_plural = _("satisfaction of calculations")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.run_id}"


class DissatisfiedCustomer(models.Model):
    """A customer who is worth much and whose last answer of 12 months was low.

    ``family``: ``nps`` or ``csat``. ``value``: by the method that ``Satisfaction.answers`` names.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="dissatisfied", db_index=False)
    # A customer may go before the run does: undo and erase are not held up by what was concluded.
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_constraint=False)
    family = models.CharField(max_length=4)
    scale = models.CharField(max_length=7, choices=SurveyAnswer.Scale)
    score = models.PositiveSmallIntegerField()
    answered_on = models.DateField()
    value = MoneyField()

    class Meta:
        verbose_name = _("valuable and dissatisfied customer")
        verbose_name_plural = _("valuable and dissatisfied customers")
        indexes = [models.Index(fields=["run", "family", "-value", "customer"], name="dissatisfied_by_value")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.score}"
