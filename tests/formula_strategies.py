"""Random formulas and values for the property tests of the formula core."""

from decimal import Decimal

from hypothesis import strategies as st

from metrics.core.expressions import (
    MAXIMUM_DEPTH,
    MAXIMUM_PARTS,
    Choice,
    Comparison,
    Expression,
    Extreme,
    Name,
    Negation,
    Number,
    Operation,
    measure_depth,
    walk,
)

NAMES = ("revenue", "orders", "periods", "margin", "retention_cost")

literals = st.builds(
    Decimal,
    st.one_of(
        st.sampled_from(["0", "1", "2", "3", "0.5", "7", "0.0000000001", "999999999999999"]),
        st.decimals(0, 10_000, places=2, allow_nan=False).map(lambda number: f"{number:f}"),
    ),
)


def _extend(parts):
    operators = st.sampled_from("+-*/")
    comparisons = st.builds(Comparison, st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), parts, parts)
    return st.one_of(
        st.builds(Operation, operators, parts, parts),
        st.builds(Operation, st.just("/"), parts, parts),
        st.builds(Negation, parts),
        st.builds(
            Extreme, st.sampled_from(["min", "max"]), st.lists(parts, min_size=1, max_size=3).map(tuple)
        ),
        st.builds(Choice, comparisons, parts, parts),
    )


def _fits(root):
    return measure_depth(root) <= MAXIMUM_DEPTH and sum(1 for _ in walk(root)) <= MAXIMUM_PARTS


_leaves = st.one_of(st.builds(Name, st.sampled_from(NAMES)), st.builds(Number, literals))
formulas = st.recursive(_leaves, _extend, max_leaves=25).filter(_fits).map(Expression)

amounts = st.one_of(
    st.none(),
    st.sampled_from([0, 1, 2, 3, 7, -1, -3]).map(Decimal),
    # Halves of the last place kept, where a second rounding would show.
    st.sampled_from(["0.00005", "-0.00005", "0.00015", "0.0000000001", "-0.0000000003", "1e-20"]).map(
        Decimal
    ),
    st.decimals(-(10**6), 10**6, places=4, allow_nan=False),
    st.decimals(-2, 2, places=10, allow_nan=False),
    st.decimals(-(10**15), 10**15, places=4, allow_nan=False),
)
values = st.fixed_dictionaries(dict.fromkeys(NAMES, amounts))
