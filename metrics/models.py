"""Runs and what they concluded. Everything here can be deleted and rebuilt from the facts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings as site_settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Shop
from customers.models.fields import ExternalIdField, MoneyField

RATE: dict[str, Any] = {"max_digits": 7, "decimal_places": 6}  # 0.0450 = 4.5 %


class CalculationSettings(models.Model):
    """How values are computed. A change makes a new version; every run refers to the one it used."""

    class Period(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        YEAR = "year", _("year")

    class Method(models.TextChoices):
        REALISED = "realised", _("realised")
        PERIODIC = "periodic", _("per period")
        LIFETIME = "lifetime", _("lifetime value (CLV)")
        LOYALTY = "loyalty", _("loyalty")

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
    ranking_method = models.CharField(
        _("ranking method"), max_length=10, choices=Method, default=Method.REALISED
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


def whole_sum(group: Mapping[str, Any], amount: str) -> str | None:
    """Return a group's sum of an amount in ``Run.totals``; None unless it is known for everyone."""
    known: str | None = group[amount] if group[f"{amount}_known"] == group["n"] else None
    return known


class Run(models.Model):
    """One calculation. Readers see it only once the publication points at it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("calculating")
        PUBLISHED = "published", _("published")
        FAILED = "failed", _("failed")

    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    settings = models.ForeignKey(CalculationSettings, models.PROTECT, related_name="runs")
    reason = models.TextField(_("reason"), blank=True)
    requested_by = models.ForeignKey(
        site_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    step = models.CharField(_("step"), max_length=32, blank=True)
    done = models.PositiveIntegerField(_("steps done"), default=0)
    total = models.PositiveIntegerField(_("steps"), default=0)
    heartbeat = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    created_at = models.DateTimeField(_("requested"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    # Exact totals as text, null where a part is unknown (revenue, contribution, each method's sum, cost
    # allocation, anonymous share, known-cost share, n of objections); histogram and Lorenz points per method.
    # See metrics.publishing.
    totals = models.JSONField(default=dict, blank=True)
    curves = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("calculation")
        verbose_name_plural = _("calculations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="run_queued_once", fields=["state"], condition=models.Q(state="queued")
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.as_of})"

    def count_missing(self, method: str) -> tuple[int, int]:
        """Return how many buyers have no value by the method, and how many there are."""
        buyers = self.totals.get("buyers", {})
        n = int(buyers.get("n", 0))
        return n - int(buyers.get(f"{method}_known", n)), n

    def is_valueless(self, method: str) -> bool:
        """Tell whether nobody with a valid order has a value by the method, so that its ranks say nothing.

        A shop that has not said what its goods cost is then listed by revenue.
        """
        without, buyers = self.count_missing(method)
        return 0 < buyers == without


class Publication(models.Model):
    """One row: the run that readers see. Flipping it is what publishing means."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("publication")
        constraints = [models.CheckConstraint(name="publication_is_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.run_id}"


class PeerGroup(models.Model):
    """A group whose rates its members borrow: channel and first category, else channel, else the shop.

    Rates are kept as numerator and denominator; ``lifetime_years`` is in use, ``lifetime_assumed`` says that
    retention was not known yet. ``future_years`` and ``future_periods`` are discounted when a rate is set.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="peer_groups")
    channel = models.TextField(null=True)  # NULL: every channel  # noqa: DJ001
    category = models.TextField(null=True)  # NULL: every category  # noqa: DJ001
    n = models.PositiveIntegerField()
    revenue = MoneyField()
    contribution = MoneyField(null=True)
    repeat_numerator = models.PositiveIntegerField()
    repeat_denominator = models.PositiveIntegerField()
    retention_numerator = models.PositiveIntegerField(null=True)
    retention_denominator = models.PositiveIntegerField(null=True)
    lifetime_years = models.DecimalField(max_digits=16, decimal_places=10)
    lifetime_assumed = models.BooleanField(default=False)
    future_years = models.DecimalField(max_digits=16, decimal_places=10)
    future_periods = models.DecimalField(max_digits=18, decimal_places=10)

    class Meta:
        verbose_name = _("peer group")
        verbose_name_plural = _("peer groups")
        constraints = [
            models.UniqueConstraint(
                name="peer_group_once", fields=["run", "channel", "category"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel or '*'} / {self.category or '*'}"


class CustomerValue(models.Model):
    """What one run concluded about one customer. Partitioned by run (see the first migration).

    A NULL amount is not known, which is never 0. Days are shop-local. A rank per method: best first, n.a.
    last, ties by external id, NULL for who objected to profiling. The ranks are what lists sort and page
    by.
    """

    pk = models.CompositePrimaryKey("run_id", "customer_id")
    run = models.ForeignKey(Run, models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, related_name="values", db_index=False
    )
    peer_group = models.ForeignKey(
        PeerGroup, models.DO_NOTHING, db_constraint=False, null=True, related_name="+", db_index=False
    )
    external_id = ExternalIdField(_("customer number"))
    channel = models.TextField(_("channel"))
    country = models.TextField(_("country"))
    first_category = models.TextField(_("first category"))
    objects_to_profiling = models.BooleanField(_("objects to profiling"))
    orders = models.IntegerField(_("orders"))
    occasions = models.IntegerField(_("purchase occasions"))
    first_order = models.DateField(_("first order"), null=True)
    last_order = models.DateField(_("last order"), null=True)
    recency = models.IntegerField(null=True)  # days from first to last purchase
    age = models.IntegerField(null=True)  # days from first purchase to as_of
    revenue = MoneyField(_("revenue"))
    cost_of_goods = MoneyField(_("cost of goods"), null=True)
    transaction_cost = MoneyField(_("transaction cost"))
    acquisition_cost = MoneyField(_("acquisition cost"))
    retention_cost = MoneyField(_("retention cost"))
    contribution = MoneyField(_("contribution"), null=True)
    window_revenue = MoneyField(_("revenue in the window"))
    window_orders = models.IntegerField(_("orders in the window"))
    window_cost_to_serve = MoneyField(_("cost to serve in the window"))
    margin = models.DecimalField(_("margin"), max_digits=20, decimal_places=10, null=True)
    margin_own = models.BooleanField()  # from the customer's own orders, else the peer group's
    realised = MoneyField(_("realised value"), null=True)
    periodic = MoneyField(_("value per period"), null=True)
    lifetime = MoneyField(_("lifetime value"), null=True)
    loyalty = MoneyField(_("loyalty value"), null=True)
    value_density = MoneyField(_("value density"), null=True)
    rank_realised = models.IntegerField(null=True)
    rank_periodic = models.IntegerField(null=True)
    rank_lifetime = models.IntegerField(null=True)
    rank_loyalty = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("customer value")
        verbose_name_plural = _("customer values")
        indexes = [
            models.Index(name="value_rank_realised", fields=["run", "rank_realised"]),
            models.Index(name="value_rank_periodic", fields=["run", "rank_periodic"]),
            models.Index(name="value_rank_lifetime", fields=["run", "rank_lifetime"]),
            models.Index(name="value_rank_loyalty", fields=["run", "rank_loyalty"]),
            models.Index(name="value_revenue", fields=["run", "revenue", "customer"]),
            models.Index(name="value_orders", fields=["run", "orders", "customer"]),
            models.Index(name="value_last_order", fields=["run", "last_order", "customer"]),
            models.Index(name="value_first_order", fields=["run", "first_order", "customer"]),
            models.Index(name="value_channel", fields=["run", "channel", "rank_realised"]),
            models.Index(name="value_country", fields=["run", "country", "rank_realised"]),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} ({self.run_id})"


class KpiValue(models.Model):
    """One KPI over one period: numerator and denominator, so that a rate can always explain itself."""

    class Window(models.TextChoices):
        MONTH = "month", _("month")
        YEAR = "12m", _("rolling 12 months")
        SNAPSHOT = "as_of", _("as of")

    run = models.ForeignKey(Run, models.CASCADE, related_name="kpi_values")
    kpi = models.CharField(max_length=32)
    period = models.DateField()  # first day of the (last) month
    window = models.CharField(max_length=5, choices=Window)
    dimension = models.CharField(max_length=32, blank=True)
    member = models.TextField(blank=True)
    numerator = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=24, decimal_places=4, null=True)  # NULL: not a ratio
    n = models.BigIntegerField()
    complete = models.BooleanField()  # the whole period lies inside [data complete from, as_of]

    class Meta:
        verbose_name = _("KPI value")
        verbose_name_plural = _("KPI values")
        constraints = [
            models.UniqueConstraint(
                name="kpi_value_once", fields=["run", "kpi", "period", "window", "dimension", "member"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.period:%Y-%m} {self.window}"
