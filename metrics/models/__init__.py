"""Runs and what they concluded; and what a KPI should be. Import them from here.

All but settings, targets, scenarios and what users chose can be deleted and rebuilt from the facts.
"""

from metrics.models.cohorts import BuyingRhythm, CohortCell
from metrics.models.overview import OverviewCards
from metrics.models.predictions import ModelFit, Prediction
from metrics.models.runs import Publication, Run, whole_sum
from metrics.models.satisfaction import DissatisfiedCustomer, Satisfaction
from metrics.models.scenarios import GroupValue, Scenario
from metrics.models.segments import (
    OwnSegment,
    SegmentAdvice,
    SegmentMonth,
    SegmentMoves,
    SegmentRun,
    SegmentSettings,
    SegmentSum,
)
from metrics.models.settings import CalculationSettings
from metrics.models.targets import Target, TargetChange
from metrics.models.values import CustomerValue, KpiValue, PeerGroup

__all__ = [
    "BuyingRhythm",
    "CalculationSettings",
    "CohortCell",
    "CustomerValue",
    "DissatisfiedCustomer",
    "GroupValue",
    "KpiValue",
    "ModelFit",
    "OverviewCards",
    "OwnSegment",
    "PeerGroup",
    "Prediction",
    "Publication",
    "Run",
    "Satisfaction",
    "Scenario",
    "SegmentAdvice",
    "SegmentMonth",
    "SegmentMoves",
    "SegmentRun",
    "SegmentSettings",
    "SegmentSum",
    "Target",
    "TargetChange",
    "whole_sum",
]
