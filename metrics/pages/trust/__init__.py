"""The report card: how good predictions have been on the shop's own past, and what they rest on."""

from metrics.pages.trust.export import export_predictions
from metrics.pages.trust.view import show_predictions

__all__ = ["export_predictions", "show_predictions"]
