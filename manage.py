#!/usr/bin/env python
"""Run Django's management commands; starts the embedded PostgreSQL first when no DATABASE_URL is set."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
    from django.core.management import execute_from_command_line

    from klantwaarde import command_line, embedded_postgres, preparation

    try:
        try:
            with command_line.explained():
                embedded_postgres.ensure()
                preparation.prepare(sys.argv)
                execute_from_command_line(sys.argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader (`head`) has enough
        # Python would complain once more when it flushes standard output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
