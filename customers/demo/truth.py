"""The truth behind a generated shop, for those who test models against it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from customers.demo.channels import CHANNELS, HOMOGENEOUS, SPEND, B, R
from customers.demo.history import History
from customers.demo.plan import Plan


def write_truth(path: Path, plan: Plan, history: History) -> None:
    """Write the parameters to ``path`` as JSON, and each customer's own to the same name with ``.npz``.

    The arrays have one entry per customer, in the order of the customer file: ``rate`` (purchases a day of
    the busy clock), ``dropout_probability``, ``dropout_day`` (NaN: still active) and ``spend_rate``.
    """
    path.write_text(json.dumps(describe_truth(plan), indent=2) + "\n", encoding="utf-8")
    np.savez(
        path.with_suffix(".npz"),
        channel=history.channel,
        acquired=history.acquired,
        rate=history.rate,
        dropout_probability=history.dropout_probability,
        dropout_day=history.dropout_day,
        spend_rate=history.spend_rate,
    )


def describe_truth(plan: Plan) -> dict[str, Any]:
    """Return plan and parameters as plain values: one set in a season-free shop, else one per channel."""
    one = {"r": HOMOGENEOUS.r, "alpha": HOMOGENEOUS.alpha, "a": HOMOGENEOUS.a, "b": HOMOGENEOUS.b}
    per_channel = {each.name: {"r": R, "alpha": each.alpha, "a": each.a, "b": B} for each in CHANNELS}
    return {
        "customers": plan.customers,
        "first_day": plan.first_day.isoformat(),
        "last_day": plan.end.isoformat(),
        "seed": plan.seed,
        "season_free": plan.season_free,
        "complete": plan.complete,
        "model": "MBG/NBD with Gamma-Gamma spend; time in days, spend in euros",
        "purchases": one if plan.season_free else per_channel,
        "spend": asdict(SPEND),
    }
