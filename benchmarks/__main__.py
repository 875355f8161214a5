"""Run ``python -m benchmarks`` for all, or name some: ``python -m benchmarks import``.

A benchmark is a module ``bench_<name>`` with ``measure()``, which yields figures. It gets an empty, migrated
database that goes away at the end. Exit code 1 when a figure misses its limit.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.figures import show


def main(names: list[str]) -> int:
    """Make the database, measure, drop it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
    import django
    from django.db import connection

    from klantwaarde import embedded_postgres

    embedded_postgres.ensure()
    django.setup()
    found = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    former = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        met = [show(import_module(f"benchmarks.bench_{name}").measure()) for name in names or found]
    finally:
        connection.creation.destroy_test_db(former, verbosity=0)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
