"""The overview: eight KPIs at a glance, three charts, the best customers, and the figures as a file."""

from metrics.pages.overview.export import export_figures
from metrics.pages.overview.view import show_overview

__all__ = ["export_figures", "show_overview"]
