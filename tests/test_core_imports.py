"""The mathematics stands on its own, so that it can run where there is no Django."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LOAD_EVERY_MODULE = """
import importlib, pkgutil, sys
import metrics.core
for module in pkgutil.iter_modules(metrics.core.__path__, "metrics.core."):
    importlib.import_module(module.name)
    print(module.name)
upstairs = {"django", "customers", "psycopg"} & {name.partition(".")[0] for name in sys.modules}
sys.exit(", ".join(upstairs) or 0)
"""


def test_metrics_core_loads_no_django():
    run = subprocess.run(
        [sys.executable, "-c", LOAD_EVERY_MODULE], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "metrics.core.formulas" in run.stdout.split()
    assert (run.stderr.strip(), run.returncode) == ("", 0)
