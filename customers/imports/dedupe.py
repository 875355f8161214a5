"""The same key twice in one file: the later record counts, the earlier one is a duplicate."""

from dataclasses import dataclass
from typing import Final

from customers.imports.facts import make_temporary, rows, run
from customers.imports.staging import TABLE, Staged

_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Records left out because a later one has their key; ``differing`` of them held something else."""

    count: int = 0
    differing: int = 0
    lines: tuple[int, ...] = ()


def drop_duplicates(staged: Staged, key: str, condition: str = "true") -> Duplicates:
    """Delete all but the last staged row of every ``key`` (an SQL expression list over the staging table)."""
    if not _has_duplicates(key, condition):
        return Duplicates()  # as nearly always, and found without keeping every record's number
    make_temporary(
        "import_winners",
        f"""
        SELECT max(record) AS winner, array_agg(record) AS records
        FROM {TABLE} WHERE {condition} GROUP BY {key} HAVING count(*) > 1
    """,
    )
    count = rows("SELECT coalesce(sum(cardinality(records) - 1), 0) FROM import_winners")[0][0]
    one = ", ".join(f"a.{column}" for column in staged.columns)
    other = ", ".join(f"b.{column}" for column in staged.columns)
    make_temporary(
        "import_superseded",
        f"""
        SELECT a.*, b.line AS winning_line, ROW({one}) IS DISTINCT FROM ROW({other}) AS differs
        FROM import_winners w
        CROSS JOIN LATERAL unnest(w.records) loser(record)
        JOIN {TABLE} a ON a.record = loser.record
        JOIN {TABLE} b ON b.record = w.winner
        WHERE loser.record <> w.winner
    """,
    )
    run(f"DELETE FROM {TABLE} s USING import_superseded d WHERE d.record = s.record")
    differing = rows("SELECT count(*) FROM import_superseded WHERE differs")[0][0]
    lines = rows(f"SELECT line FROM import_superseded WHERE differs ORDER BY line LIMIT {_EXAMPLES}")
    return Duplicates(count, differing, tuple(line for (line,) in lines))


def _has_duplicates(key: str, condition: str) -> bool:
    """Look for two rows with one key. Where a file stands in the order of its ids, sorting costs nothing.

    Measured over 1,000,000 rows: counting distinct ids 0.1 s where they ascend, grouping them 0.6 s.
    """
    if key.strip('"').isidentifier():
        query = f'SELECT count({key}) > count(DISTINCT {key} COLLATE "C") FROM {TABLE} WHERE {condition}'
        return bool(rows(query)[0][0])
    return bool(rows(f"SELECT 1 FROM {TABLE} WHERE {condition} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"))
