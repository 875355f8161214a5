"""Channels and acquisition: what winning and keeping customers costs, and what it brings in."""

from metrics.pages.channels.export import export_campaigns, export_channels
from metrics.pages.channels.view import show_channel, show_channels

__all__ = ["export_campaigns", "export_channels", "show_channel", "show_channels"]
