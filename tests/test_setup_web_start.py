"""What a web process loads before its first request."""

import os
import subprocess
import sys

from django.conf import settings


def test_pages_are_there_without_what_only_a_calculation_needs() -> None:
    """Ibis takes half a second to import, of every start of a web process."""
    program = (
        "import sys, django; django.setup(); import klantwaarde.urls, metrics.pages.overview; "
        "sys.exit('ibis' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "klantwaarde.settings"}
    subprocess.run([sys.executable, "-c", program], cwd=settings.BASE_DIR, env=environment, check=True)
