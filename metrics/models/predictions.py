"""Fitted models of a run, and how good its predictions have been. Kept for ever, as runs are."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from metrics.models.runs import Run


class ModelFit(models.Model):
    """A model fitted on all the history of a run; ``in_use`` is the one that its predictions come from.

    ``params``, ``standard_errors`` and ``robust_standard_errors``: name → number, times in days.
    ``covariance`` (the robust one) is of the logarithms of the parameters. ``reasons``: why it cannot be
    shown, empty when it can (`metrics.core.estimation`). ``data``: what it was fitted on.
    """

    class Model(models.TextChoices):
        NBD = "nbd", "NBD"
        BGNBD = "bgnbd", "BG/NBD"
        MBGNBD = "mbgnbd", "MBG/NBD"
        PARETO_NBD = "pareto_nbd", "Pareto/NBD"
        GAMMA_GAMMA = "gamma_gamma", "Gamma-Gamma"
        LAST_YEAR = "last_year", _("as last year")
        OWN_RATE = "own_rate", _("own rate so far")

    run = models.ForeignKey(Run, models.CASCADE, related_name="model_fits")
    model = models.CharField(max_length=12, choices=Model)
    in_use = models.BooleanField(default=False)
    params = models.JSONField(default=dict)
    standard_errors = models.JSONField(default=dict)
    robust_standard_errors = models.JSONField(default=dict)
    covariance = models.JSONField(default=list)
    log_likelihood = models.FloatField(null=True)
    converged = models.BooleanField(default=True)
    reasons = models.JSONField(default=list)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("fitted model")
        verbose_name_plural = _("fitted models")
        constraints = [models.UniqueConstraint(name="model_fit_once", fields=["run", "model"])]

    def __str__(self) -> str:
        return f"{self.model} ({self.run_id})"


class Prediction(models.Model):
    """What a run predicts for the whole shop, or why it does not, and its report card.

    ``reason``: a key that says why there is no prediction (empty: there is one). ``untested``: a key that
    says why there is no report card. ``shop``: per horizon in months the total with deviation and interval;
    seasonal index; monthly retention cost per active customer. ``card``: see
    ``metrics.core.report_card.ReportCard``; ``scores``: every forecast that was compared.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="prediction", primary_key=True)
    model = models.CharField(max_length=12, choices=ModelFit.Model, blank=True)
    reason = models.CharField(max_length=32, blank=True)
    untested = models.CharField(max_length=32, blank=True)
    cut_off = models.DateField(null=True)
    verdict = models.CharField(max_length=8, blank=True)
    customers = models.PositiveIntegerField(default=0)
    shop = models.JSONField(default=dict)
    card = models.JSONField(default=dict)
    scores = models.JSONField(default=list)
    effects = models.JSONField(default=dict)
    potential = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")

    def __str__(self) -> str:
        return f"{self.model or self.reason} ({self.run_id})"
