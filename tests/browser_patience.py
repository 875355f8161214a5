"""How long a browser test waits.

Every wait is for something that can be seen; how long it may take is for the machine to say, so that it is
generous and the same everywhere: a test fails because something is not there, not because it is late.
"""

from playwright.sync_api import BrowserContext, expect

PATIENCE = 90_000  # milliseconds; a job may wait for its turn on a busy machine
expect.set_options(timeout=PATIENCE)


def be_patient(context: BrowserContext) -> BrowserContext:
    """Give everything that is asked of a browser the time it needs; returns the same."""
    context.set_default_timeout(PATIENCE)
    return context
