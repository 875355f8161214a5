"""The overview: the KPIs a user chose at a glance, what moved contribution, and the best customers."""

from metrics.pages.overview.chosen import choose_cards
from metrics.pages.overview.export import export_bridge, export_figures, export_top
from metrics.pages.overview.view import show_overview

__all__ = ["choose_cards", "export_bridge", "export_figures", "export_top", "show_overview"]
