"""Satisfaction, referrals and programmes: what customers say, whom they bring, and what keeps them."""

from metrics.pages.satisfaction.exports import export_satisfaction
from metrics.pages.satisfaction.programmes import show_programmes
from metrics.pages.satisfaction.view import show_satisfaction

__all__ = ["export_satisfaction", "show_programmes", "show_satisfaction"]
