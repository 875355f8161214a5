"""Erasing a person on request: the facts, every copy that is still held, and records that come again."""
