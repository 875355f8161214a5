"""The one door from the database to the models: orders in, histories as arrays out."""

import numpy as np

from metrics.basis import Basis
from metrics.core.histories import Histories, Orders, RefundRows, build_histories
from metrics.queries import histories as queries
from metrics.queries.facts import FACTS
from metrics.workspace import PostgresWorkspace


def read_histories(work: PostgresWorkspace, basis: Basis) -> Histories:
    """Return the orders up to ``as_of`` of all customers. Days count from 1 January 1970."""
    orders = Orders(**work.read_arrays(queries.list_orders(FACTS, basis), "customer"))
    told = work.read_arrays(queries.list_refunds_on_orders(FACTS, basis), "order")
    rows = work.read_arrays(queries.list_refund_rows(FACTS, basis), "order")
    refunds = RefundRows(**{name: np.concatenate([told[name], rows[name]]) for name in told})
    return build_histories(orders, refunds, np.zeros(0, dtype=np.int64))


def leave_out_objecting(work: PostgresWorkspace, histories: Histories) -> Histories:
    """Return the histories of all who may be predicted, and predicted from."""
    return histories.leave_out(work.read_arrays(queries.list_objecting(FACTS), "customer")["customer"])
