"""Targets: how they stand, setting them, who set what and when, and both as files."""

from metrics.pages.targets.changes import export_changes
from metrics.pages.targets.edit import add_target, edit_target, remove_target
from metrics.pages.targets.view import export_targets, show_targets

__all__ = ["add_target", "edit_target", "export_changes", "export_targets", "remove_target", "show_targets"]
