"""The report card: how good predictions have been on the shop's own past, and what they rest on."""

from metrics.pages.trust.view import show_predictions

__all__ = ["show_predictions"]
