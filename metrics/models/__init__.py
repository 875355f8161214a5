"""Runs and what they concluded; and what a KPI should be. Import them from here.

All but settings and targets can be deleted and rebuilt from the facts.
"""

from metrics.models.cohorts import CohortCell
from metrics.models.predictions import ModelFit, Prediction
from metrics.models.runs import Publication, Run, whole_sum
from metrics.models.settings import CalculationSettings
from metrics.models.targets import Target
from metrics.models.values import CustomerValue, KpiValue, PeerGroup

__all__ = [
    "CalculationSettings",
    "CohortCell",
    "CustomerValue",
    "KpiValue",
    "ModelFit",
    "PeerGroup",
    "Prediction",
    "Publication",
    "Run",
    "Target",
    "whole_sum",
]
