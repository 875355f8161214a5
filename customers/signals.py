"""Signals that let the storey above react without being imported from below."""

from django.dispatch import Signal

#: Sent inside the transaction of every merge, undo and change of the shop's settings.
#: Keyword arguments: ``reason`` (str, for the log and the run) and ``user`` (User or None).
facts_changed = Signal()
