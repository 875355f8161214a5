"""What the worker does for this storey."""

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

NAME = "metrics.calculate"
ONE_AT_A_TIME = "calculation"


@app.task(name=NAME, lock=ONE_AT_A_TIME)
def calculate(run_id: int) -> None:
    """Calculate a run. Done again after a kill: a published run is left alone."""
    from metrics.pipeline import recalculate

    recalculate(run_id)


def is_deferred(run_id: int) -> bool:
    """Tell whether a worker has or will have the job of a run."""
    jobs = ProcrastinateJob.objects.filter(task_name=NAME, status__in=["todo", "doing"])
    return jobs.filter(args__run_id=run_id).exists()
