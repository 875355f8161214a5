"""What the worker does for this storey."""

from procrastinate.contrib.django import app


@app.task(queue="calculation", queueing_lock="calculation", lock="calculation", pass_context=False)
def calculate(run_id: int) -> None:
    """Calculate a run. Done again after a kill: a published run is left alone."""
    from metrics.pipeline import recalculate

    recalculate(run_id)
