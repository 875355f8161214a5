"""Segments: what each is worth, how customers move between them, what to do, and by which thresholds."""
