"""What a command that cannot go on says: a sentence on standard error, and an exit code; never a traceback.

Only for what the caller can mend. Everything else is a fault of the program, and shows where it is.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError

from klantwaarde.postgres_cluster import ClusterError

INTERRUPTED: Final = 130  # 128 + SIGINT, as shells say it
_SHUTDOWN: Final = "57P"  # the codes of a server that ends a connection, because it stops or crashed


@contextmanager
def explained() -> Iterator[None]:
    """End the process with a sentence for a wrong environment, a database out of reach, or Ctrl-C.

    Raises SystemExit with 1, or 130 for Ctrl-C; ``--traceback`` on the command line lets the error through.
    """
    try:
        yield
    except (ImproperlyConfigured, ClusterError) as error:
        _end(str(error), error)
    except (OperationalError, InterfaceError) as error:
        if _is_about_a_statement(error):
            raise
        _end(f"The database does not answer: {_join_lines(error)}", error)
    except KeyboardInterrupt:
        print("Stopped before it was finished; run it again.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _is_about_a_statement(error: Exception) -> bool:
    """Only a server that answers gives a code: without one the connection failed."""
    code = getattr(error.__cause__, "sqlstate", None)
    return bool(code) and not str(code).startswith(_SHUTDOWN)


def _end(sentence: str, error: Exception) -> None:
    if "--traceback" in sys.argv:
        raise error
    sys.exit(sentence)


def _join_lines(error: Exception) -> str:
    return " ".join(str(error).split())
