"""What a calculation concluded about customers, groups of them, and the shop."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.models.fields import ExternalIdField, MoneyField
from metrics.models.runs import Run

PROBABILITY: dict[str, Any] = {"max_digits": 7, "decimal_places": 6}


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

    class PotentialSource(models.TextChoices):
        PEERS = "peers", _("best of the peers")
        ASSORTMENT = "assortment", _("categories not bought yet")
        MARKET = "market", _("what the market spends")
        TODAY = "today", _("what is spent today")
        PREDICTED = "predicted", _("what is predicted")

    class Quarter(models.TextChoices):
        GROW = "grow", _("grow")
        KEEP = "keep", _("keep")
        MAINTAIN = "maintain", _("maintain")
        LET_BE = "let_be", _("let be")

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
    # A share of what the customers that it brought in have realised; NULL until the share is set.
    referral_value = MoneyField(_("extra value"), null=True)
    # A forecast, NULL without one (see Prediction) and for who objected. ``low`` and ``high`` are the ends of
    # an 80 % interval; a variance is of chance alone, in amounts squared: totals of a selection add it up.
    p_active = models.DecimalField(_("probability of being active"), **PROBABILITY, null=True)
    repeat_revenue = MoneyField(null=True)  # of the occasions after the first: what the spend model goes by
    purchases_12 = models.DecimalField(
        _("expected purchases in 12 months"), max_digits=12, decimal_places=6, null=True
    )
    predicted_12 = MoneyField(_("predicted value, 12 months"), null=True)
    predicted_12_low = MoneyField(null=True)
    predicted_12_high = MoneyField(null=True)
    predicted_12_variance = models.FloatField(null=True)
    predicted_24 = MoneyField(_("predicted value, 24 months"), null=True)
    predicted_24_low = MoneyField(null=True)
    predicted_24_high = MoneyField(null=True)
    predicted_36 = MoneyField(_("predicted value, 36 months"), null=True)
    predicted_36_low = MoneyField(null=True)
    predicted_36_high = MoneyField(null=True)
    total = MoneyField(_("total value"), null=True)  # realised + predicted over the horizon of the settings
    total_variance = models.FloatField(null=True)  # of what is predicted of it
    next_order_from = models.DateField(_("next order from"), null=True)
    next_order_to = models.DateField(_("next order until"), null=True)
    overdue_days = models.IntegerField(_("days overdue"), null=True)  # NULL: not overdue
    at_risk = MoneyField(_("value at risk"), null=True)
    year_contribution = MoneyField(_("contribution of the last 365 days"), null=True)
    potential = MoneyField(_("potential"), null=True)
    potential_revenue = MoneyField(_("potential revenue"), null=True)
    potential_source = models.CharField(
        max_length=10, choices=PotentialSource.choices, blank=True, db_default=""
    )
    gap = MoneyField(_("room to grow"), null=True)
    # Value × potential: see metrics.potential_summary. Empty without a potential, and for who objected.
    quarter = models.CharField(
        _("quarter"), max_length=8, choices=Quarter.choices, blank=True, db_default="", default=""
    )
    # By the schemes of metrics.core.segments. Empty for who objected to profiling.
    rfm = models.CharField(_("RFM segment"), max_length=12, blank=True, db_default="", default="")
    tier = models.CharField(_("value tier"), max_length=12, blank=True, db_default="", default="")
    lifecycle = models.CharField(_("stage"), max_length=12, blank=True, db_default="", default="")
    rank_realised = models.IntegerField(null=True)
    rank_periodic = models.IntegerField(null=True)
    rank_lifetime = models.IntegerField(null=True)
    rank_loyalty = models.IntegerField(null=True)
    rank_predicted_12 = models.IntegerField(null=True)
    rank_total = models.IntegerField(null=True)
    rank_gap = models.IntegerField(null=True)
    rank_at_risk = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("customer value")
        verbose_name_plural = _("customer values")
        # None begins with the run: a partition has one, and sorting by what is the same in every row made
        # building them take twice as long. Those that are paged through by the index alone carry it along,
        # and what lists by rank and by gap filter on: deep in a filtered list rows are far between.
        indexes = [
            models.Index(
                name="value_rank_realised",
                fields=["rank_realised"],
                include=["run", "customer", "channel", "country", "rfm", "tier", "lifecycle"],
            ),
            models.Index(name="value_rank_periodic", fields=["rank_periodic"]),
            models.Index(name="value_rank_lifetime", fields=["rank_lifetime"]),
            models.Index(name="value_rank_loyalty", fields=["rank_loyalty"]),
            models.Index(name="value_rank_predicted", fields=["rank_predicted_12"]),
            models.Index(name="value_rank_total", fields=["rank_total"]),
            models.Index(name="value_rank_gap", fields=["rank_gap"], include=["run", "customer", "quarter"]),
            models.Index(name="value_rank_at_risk", fields=["rank_at_risk"]),
            models.Index(name="value_quarter", fields=["quarter"]),
            models.Index(name="value_channel", fields=["channel"]),
            models.Index(name="value_country", fields=["country"]),
            models.Index(name="value_rfm", fields=["rfm"]),
            models.Index(name="value_tier", fields=["tier"]),
            models.Index(name="value_lifecycle", fields=["lifecycle"]),
            models.Index(name="value_revenue", fields=["revenue", "customer"], include=["run"]),
            models.Index(name="value_orders", fields=["orders", "customer"], include=["run"]),
            models.Index(name="value_last_order", fields=["last_order", "customer"], include=["run"]),
            models.Index(name="value_first_order", fields=["first_order", "customer"], include=["run"]),
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
    dimension = models.CharField(max_length=128, blank=True)
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
        # A page reads some KPIs of one member, all periods at once.
        indexes = [models.Index(name="kpi_value_member", fields=["run", "dimension", "member", "kpi"])]

    def __str__(self) -> str:
        return f"{self.kpi} {self.period:%Y-%m} {self.window}"
