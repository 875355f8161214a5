"""Commands for cron and analysts work on a machine where nothing else has run yet."""

import sys
from collections.abc import Sequence
from typing import Final

from klantwaarde import embedded_postgres

#: Commands that make their own start; the others are for whoever sets the site up.
ON_THEIR_OWN: Final = frozenset(
    {"import_csv", "recalculate", "export_customers", "export_kpis", "load_demo", "purge_uploads"}
)
_LOCK: Final = 0x6B77_7072  # any number that nothing else in this database locks


def prepare(arguments: Sequence[str]) -> None:
    """Bring translations and the embedded database up to date when the command line asks for such a command.

    A database of one's own is left alone: the process then ends with a sentence that says what to run.
    """
    if len(arguments) < 2 or arguments[1] not in ON_THEIR_OWN or "--help" in arguments:
        return
    import django
    from django.core.management import call_command
    from django.db import connection

    from klantwaarde.catalogue import catalogue_path, compile_catalogue

    django.setup()
    compile_catalogue(catalogue_path())
    if not count_unapplied():
        return
    if not embedded_postgres.is_wanted():
        sys.exit(f"The database is not up to date. Run first: {arguments[0]} migrate")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # another command may be at it as well
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def count_unapplied() -> int:
    """Return how many migrations the database lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
