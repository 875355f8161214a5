"""The whole calculation: from the facts as they stand at one moment to a run that readers switch to at once.

It may be killed at any step: until the pointer flips, readers see the last good run, and the next calculation
clears away what was left. Doing it twice changes nothing. One runs at a time.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from metrics import jobs, publishing, upkeep
from metrics.models import (
    BuyingRhythm,
    CalculationSettings,
    CohortCell,
    DissatisfiedCustomer,
    KpiValue,
    ModelFit,
    PeerGroup,
    Prediction,
    Run,
    Satisfaction,
    SegmentMonth,
    SegmentMoves,
    SegmentRun,
    SegmentSum,
)
from metrics.progress import Progress

log = logging.getLogger(__name__)

LOCK = 0x6B6C7761  # any number that nothing else in this database locks
#: What a run writes beside the values of customers.
CONCLUSIONS: tuple[type[Model], ...] = (
    PeerGroup, KpiValue, CohortCell, BuyingRhythm, ModelFit, Prediction, SegmentRun, SegmentSum,
    SegmentMonth, SegmentMoves, Satisfaction, DissatisfiedCustomer,
)  # fmt: skip
STEPS = {
    "orders": _("Adding up orders and refunds"),
    "costs": _("Dividing costs over customers"),
    "peers": _("Comparing with similar customers"),
    "values": _("Valuing customers"),
    "months": _("Adding up calendar months"),
    "segments": _("Placing customers in segments"),
    "predictions": _("Predicting purchases"),
    "potential": _("Estimating potential"),
    "ranks": _("Ranking customers"),
    "kpis": _("Computing KPIs"),
    "indexes": _("Making lists searchable"),
    "publish": _("Publishing"),
    "tidy": _("Tidying up"),
}


def request_run(reason: str, user: Any = None) -> Run:
    """Return the run that waits for a worker, made now unless one waits already.

    Call it inside the transaction of what it is about: the job is deferred with it, and a run that waited
    already is held back until this transaction has ended, so that it sees these facts.
    """
    with transaction.atomic():
        run = _hold_waiting_run() or _make_waiting_run(reason, user) or _hold_waiting_run()
        if run is None:  # made by somebody else a moment ago, and begun by the worker since
            return request_run(reason, user)
        if not jobs.is_deferred(run.pk):
            jobs.calculate.defer(run_id=run.pk)
        return run


def _hold_waiting_run() -> Run | None:
    return Run.objects.select_for_update().filter(state=Run.State.QUEUED).first()


def _make_waiting_run(reason: str, user: Any) -> Run | None:
    """Return a new run; None when another transaction, waited for here, made the one that may wait."""
    try:
        with transaction.atomic():
            return Run.objects.create(
                settings=CalculationSettings.current(), reason=reason, requested_by=user
            )
    except IntegrityError:
        return None


def find_waiting_run() -> Run | None:
    """Return the run that waits for a worker. Whoever calculates it first leaves the worker nothing to do."""
    return Run.objects.filter(state=Run.State.QUEUED).first()


def start_run(reason: str, as_of: date | None = None) -> Run:
    """Return a run to calculate here and now, not by a worker."""
    return Run.objects.create(
        settings=CalculationSettings.current(), reason=reason, as_of=as_of, state=Run.State.RUNNING
    )


def recalculate(run_id: int) -> Run:
    """Calculate and publish a run; one that is published already is left alone.

    Raises whatever stopped it, after writing it down on the run.
    """
    with _one_at_a_time():
        run = Run.objects.select_related("settings").get(pk=run_id)
        if run.state == Run.State.PUBLISHED:
            return run
        _begin(run)
        upkeep.freshen_orders()
        try:
            with Progress(run, len(STEPS)) as progress:
                _calculate(run, progress)
        except Exception as error:
            _fail(run, error)
            raise
    return run


def _calculate(run: Run, progress: Progress) -> None:
    # Ibis takes half a second to import: processes that only ask for a run do not pay for it.
    from metrics import (
        calculation,
        campaigns,
        conclusion,
        segment_history,
        segments,
    )
    from metrics.satisfaction import look_at_satisfaction

    with _one_moment(), calculation.open_workspace() as work:
        basis = calculation.resolve(run)
        progress.begin("orders")
        found = calculation.sum_up_customers(work, basis)
        progress.begin("costs")
        allocation = calculation.allocate_costs(work, found, basis)
        progress.begin("peers")
        peers = calculation.find_peers(work, found.customers, basis)
        progress.begin("values")
        calculation.value_customers(work, run, basis)
        progress.begin("months")
        months = calculation.keep_months(work, found, allocation, basis)
        progress.begin("segments")
        placed = segments.keep_segments(work, basis)
        progress.begin("predictions")
        predicted, years = calculation.predict_customers(work, basis, found, allocation, peers)
        progress.begin("potential")
        foretold = calculation.estimate_potential(work, found, peers, predicted, years)
        progress.begin("ranks")
        spreads = calculation.rank_customers(work, run, foretold)
        del foretold  # some 200 bytes a customer, and nobody asks for it any more
        progress.begin("kpis")
        findings = conclusion.conclude(work, basis, found, months, allocation, peers, predicted, spreads)
        findings.kpis += campaigns.list_kpis(campaigns.gather(work, months, found.customers, basis), basis)
        findings.segments = segment_history.conclude_segments(
            work, run, basis, found.customers, months, placed
        )
        findings.satisfaction = look_at_satisfaction(work, run, basis, found.refunded)
    progress.begin("indexes")
    publishing.tidy_partition(run.pk)
    publishing.index_partition(run.pk)
    progress.begin("publish")
    publishing.publish(run, findings)
    progress.begin("tidy")
    publishing.drop_old_partitions()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for another calculation to end; the lock goes with the connection, however this process ends."""
    publishing.notice_a_lost_client(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def _one_moment() -> Iterator[None]:
    """All facts as they stand at the first read, whatever is imported meanwhile."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _begin(run: Run) -> None:
    """Clear away what an interrupted calculation left, then say that this one runs."""
    interrupted = Run.objects.filter(state=Run.State.RUNNING).exclude(pk=run.pk)
    interrupted.update(state=Run.State.FAILED, error="interrupted", finished_at=timezone.now())
    publishing.drop_orphans()
    for kind in CONCLUSIONS:
        kind._default_manager.filter(run=run).delete()
    with transaction.atomic():
        # Who asks for it now holds it until his facts and settings can be seen: only then is it time to look.
        Run.objects.select_for_update().get(pk=run.pk)
        run.settings = CalculationSettings.current()
        run.state = Run.State.RUNNING
        run.started_at = run.heartbeat = timezone.now()
        run.finished_at, run.error = None, ""
        run.save()


def _fail(run: Run, error: Exception) -> None:
    """Write down why, unless the database itself is what failed: the next calculation then finds it out.

    A run that is published stands, whatever tidying up after it met: pages read it. Who asked for the run is
    told by the error itself, and says it in full where that is of use.
    """
    log.error("Run %s failed.", run.pk)
    if connection.is_usable():
        Run.objects.filter(pk=run.pk).exclude(state=Run.State.PUBLISHED).update(
            state=Run.State.FAILED, error=str(error) or type(error).__name__, finished_at=timezone.now()
        )
