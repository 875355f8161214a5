"""What customers say and do for the shop beside buying, and what the market spends."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.facts import Customer
from customers.models.fields import ExternalIdField, MoneyField
from customers.models.uploads import UploadField


class SurveyAnswer(models.Model):
    """One customer's answer on one scale. Without an id of its own a row is keyed customer|day|scale."""

    class Scale(models.TextChoices):
        NPS = "nps", _("NPS, 0 to 10")
        CSAT_5 = "csat_5", _("CSAT, 1 to 5")
        CSAT_10 = "csat_10", _("CSAT, 1 to 10")

        @property
        def lowest(self) -> int:
            """The lowest score that can be given."""
            return 0 if self == self.NPS else 1

        @property
        def highest(self) -> int:
            """The highest score that can be given."""
            return 5 if self == self.CSAT_5 else 10

    external_id = ExternalIdField(_("answer number"), unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("customer"), related_name="survey_answers"
    )
    answered_on = models.DateField(_("day"))
    scale = models.CharField(_("scale"), max_length=7, choices=Scale)
    score = models.PositiveSmallIntegerField(_("score"))
    comment = models.TextField(_("comment"), blank=True)
    upload = UploadField()

    class Meta:
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        constraints = [
            models.CheckConstraint(name="survey_answer_external_id_filled", condition=~Q(external_id="")),
            models.CheckConstraint(
                name="survey_answer_on_its_scale",
                condition=Q(scale="nps", score__lte=10)
                | Q(scale="csat_5", score__gte=1, score__lte=5)
                | Q(scale="csat_10", score__gte=1, score__lte=10),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scale} {self.score}"


class Referral(models.Model):
    """``referrer`` brought ``referred`` in; nobody brings himself."""

    referrer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("referred by"), related_name="referrals_made"
    )
    referred = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("referred customer"), related_name="referrals_received"
    )
    referred_on = models.DateField(_("day"), null=True, blank=True)
    upload = UploadField()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.UniqueConstraint(name="referral_once", fields=["referrer", "referred"]),
            models.CheckConstraint(name="referral_of_another", condition=~Q(referrer=F("referred"))),
        ]

    def __str__(self) -> str:
        return f"{self.referrer_id} → {self.referred_id}"


class MarketFigure(models.Model):
    """What customers such as these spend in the market: ``amount`` per customer per year, by a source.

    ``attribute`` and ``value`` say who they are: ``country`` and ``NL``, see ``customers.segments``.
    """

    attribute = models.TextField(_("attribute"))
    value = models.TextField(_("value"))
    amount = MoneyField(_("amount per customer per year"))
    customers = models.PositiveBigIntegerField(_("number of customers"), null=True, blank=True)
    source = models.TextField(_("source"))
    upload = UploadField()

    class Meta:
        verbose_name = _("market figure")
        verbose_name_plural = _("market figures")
        constraints = [
            models.UniqueConstraint(name="market_figure_once", fields=["attribute", "value"]),
            models.CheckConstraint(
                name="market_figure_filled", condition=~Q(attribute="") & ~Q(value="") & ~Q(source="")
            ),
            models.CheckConstraint(name="market_figure_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} = {self.value}"
