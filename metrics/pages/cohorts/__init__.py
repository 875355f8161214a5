"""Retention and cohorts: who came back, how often, and when they had paid for themselves."""

from metrics.pages.cohorts.export import export_cohorts
from metrics.pages.cohorts.view import show_cohorts

__all__ = ["export_cohorts", "show_cohorts"]
