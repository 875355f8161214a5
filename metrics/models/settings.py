"""How values are computed: versions of the settings of a calculation."""

from decimal import Decimal
from typing import Any

from django.conf import settings as site_settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Shop

RATE: dict[str, Any] = {"max_digits": 7, "decimal_places": 6}  # 0.0450 = 4.5 %


class CalculationSettings(models.Model):
    """How values are computed. A change makes a new version; every run refers to the one it used."""

    class Period(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", pgettext_lazy("three months", "quarter")
        YEAR = "year", _("year")

    class Method(models.TextChoices):
        REALISED = "realised", _("realised")
        PERIODIC = "periodic", _("per period")
        LIFETIME = "lifetime", _("lifetime value (CLV)")
        LOYALTY = "loyalty", _("loyalty")
        PREDICTED = "predicted_12", _("predicted, 12 months")
        TOTAL = "total", _("total: realised and predicted")

    class Horizon(models.IntegerChoices):
        ONE_YEAR = 12, _("12 months")
        TWO_YEARS = 24, _("24 months")
        THREE_YEARS = 36, _("36 months")

    period = models.CharField(_("period"), max_length=7, choices=Period, default=Period.YEAR)
    fixed_periods = models.DecimalField(
        _("horizon in periods"), max_digits=6, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )  # fmt: skip
    periodic_acquisition = models.BooleanField(_("subtract acquisition cost"), default=True)
    periodic_goods = models.BooleanField(_("subtract cost of goods"), default=True)
    periodic_transaction = models.BooleanField(_("subtract transaction cost"), default=True)
    periodic_retention = models.BooleanField(_("subtract retention cost"), default=True)
    default_margin = models.DecimalField(
        _("default margin"), **RATE, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )  # fmt: skip
    interest = models.DecimalField(
        _("interest"), **RATE, null=True, blank=True,
        validators=[MinValueValidator(Decimal("-0.5")), MaxValueValidator(Decimal(1))],
    )  # fmt: skip
    inflation = models.DecimalField(
        _("inflation"), **RATE, null=True, blank=True,
        validators=[MinValueValidator(Decimal("-0.5")), MaxValueValidator(Decimal(1))],
    )  # fmt: skip
    lifetime_cap = models.DecimalField(
        _("longest lifetime in years"), max_digits=5, decimal_places=2, default=Decimal(10),
        validators=[MinValueValidator(Decimal(1))],
    )  # fmt: skip
    assumed_lifetime = models.DecimalField(
        _("assumed lifetime in years"), max_digits=5, decimal_places=2, default=Decimal(3),
        validators=[MinValueValidator(Decimal(1))],
    )  # fmt: skip
    window_days = models.PositiveIntegerField(
        _("window in days"), default=365, validators=[MinValueValidator(1)]
    )
    peer_minimum = models.PositiveIntegerField(
        _("smallest peer group"), default=30, validators=[MinValueValidator(1)]
    )
    prediction_months = models.PositiveSmallIntegerField(
        _("horizon of the prediction"), choices=Horizon.choices, default=12
    )
    least_buyers = models.PositiveIntegerField(_("fewest buyers to predict from"), default=500)
    least_days = models.PositiveIntegerField(_("shortest history to predict from, in days"), default=180)
    least_repeat_buyers = models.PositiveIntegerField(_("fewest repeat buyers to predict from"), default=100)
    share_won_back = models.DecimalField(
        _("share won back by a campaign"), **RATE, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )  # fmt: skip
    referral_share = models.DecimalField(
        _("share of referred customers' value"), **RATE, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )  # fmt: skip
    # Further columns of customers by whose values KPIs are told apart as well.
    kpi_attributes = models.JSONField(_("attributes that KPIs are given by"), default=list, blank=True)
    ranking_method = models.CharField(
        _("ranking method"), max_length=12, choices=Method, default=Method.REALISED
    )
    # The shop's own settings when this version was made: they, too, decide what a run comes to.
    shop = models.JSONField(_("settings of the shop"), default=dict, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("calculation settings")
        verbose_name_plural = _("calculation settings")
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @classmethod
    def current(cls) -> "CalculationSettings":
        """Return the newest version, made with the defaults on first use."""
        return cls.objects.order_by("-id").first() or cls.objects.create(shop=Shop.load().snapshot())
