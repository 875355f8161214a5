"""How long each step of a calculation takes."""

from time import perf_counter
from typing import Any
from unittest import mock

from metrics import pipeline
from metrics.models import Run
from metrics.progress import Progress


def time_steps() -> tuple[Run, dict[str, float]]:
    """Make and publish a run; return it with the seconds of every step of ``metrics.pipeline``, in order."""
    begun: list[tuple[str, float]] = []

    class Clock(Progress):
        def begin(self, step: str) -> None:
            super().begin(step)
            begun.append((step, perf_counter()))

    with mock.patch.object(pipeline, "Progress", Clock):
        run = pipeline.recalculate(pipeline.start_run("benchmark").pk)
    ends: list[Any] = [moment for _step, moment in begun[1:]] + [perf_counter()]
    return run, {step: end - start for (step, start), end in zip(begun, ends, strict=True)}
