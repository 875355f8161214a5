"""Every page of the demo shop before axe and Lighthouse: ``python -m tests.audit_pages [NAME …]``.

Starts the product on a data directory of its own, signs in, and visits the pages of
``test_browser_every_page`` (or those whose URL is named). axe must find nothing serious, in light, in dark
and on a phone; Lighthouse gives accessibility and best practices 100, performance 95 or more. Exit code 1
when missed. Modules of Django are imported late: the environment must say first where this site's data is.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

LEAST: Final = {"accessibility": 100, "best-practices": 100, "performance": 95}
SCRIPT: Final = Path(__file__).with_name("audit_lighthouse.mjs")


def main(names: list[str]) -> int:
    """Start the site, audit its pages, print a table; returns the exit code."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or shutil.which("node") is None:
        print("The audit needs Chromium and Node.js: apt install chromium nodejs npm", file=sys.stderr)
        return 1
    from docs.screenshots.site import Site

    with TemporaryDirectory(prefix="klantwaarde-audit-") as place:
        os.environ["KLANTWAARDE_DATA_DIR"] = place
        os.environ["UPLOAD_ROOT"] = f"{place}/uploads"
        print("Starting the product with the demo shop ...", flush=True)
        with Site(Path(place)) as site:
            site.wait_until_idle()
            return audit(site.address, names, chromium, Path(place))


def audit(address: str, names: list[str], chromium: str, folder: Path) -> int:
    """Look at the pages of a running site; returns the exit code."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs a loop of its own beside the ORM
    django.setup()
    from tests import test_browser_every_page as pages

    pages.add_odd_ones(folder)
    sights = [sight for sight in pages.PAGES if not names or sight.name in names]
    paths = list(dict.fromkeys(sight.address() for sight in sights))
    missed = 0
    wrong = find_violations(address, paths, chromium)
    print(f"{'page':<70} {'axe':>4} {'a11y':>5} {'best':>5} {'perf':>5}")
    for found in run_lighthouse(address, paths, chromium):
        scores, violations = found["scores"], wrong[found["path"]]
        print(
            f"{found['path']:<70} {len(violations):>4} {scores['accessibility']:>5} "
            f"{scores['best-practices']:>5} {scores['performance']:>5}",
            flush=True,
        )
        low = [name for name, least in LEAST.items() if scores[name] < least]
        for complaint in [*violations, *(f"{name}: {', '.join(found['missed'][name])}" for name in low)]:
            print(f"    {complaint}")
        missed += bool(violations or low)
    print(f"{len(paths)} pages, {missed} of them with something to do.")
    return 1 if missed else 0


def find_violations(address: str, paths: list[str], chromium: str) -> dict[str, list[str]]:
    """Return what axe says of each page."""
    from customers.permissions import ADMIN
    from tests.browser_shop import visit
    from tests.builders import make_user
    from tests.test_browser_every_page import look

    admin = make_user("toegankelijk", role=ADMIN)
    with visit(chromium, address, user=admin, bypass_csp=True, reduced_motion="reduce") as reader:
        return {path: look(reader, path) for path in paths}


def run_lighthouse(address: str, paths: list[str], chromium: str) -> Iterator[dict[str, Any]]:
    """Yield scores and what they lack, page by page. Raises CalledProcessError when it fails."""
    from django.conf import settings

    from customers.permissions import ADMIN
    from tests.browser_shop import LIBRARY, make_cookie
    from tests.builders import make_user

    request = {
        "address": address,
        "cookies": [make_cookie(make_user("snel", role=ADMIN), address)],
        "paths": paths,
        "chromium": chromium,
        "cdn": settings.CHARTJS_CDN,
        "library": str(LIBRARY),
    }
    with subprocess.Popen(
        ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:
        assert node.stdin
        assert node.stdout
        node.stdin.write(json.dumps(request))
        node.stdin.close()
        yield from map(json.loads, node.stdout)
    if node.returncode:
        raise subprocess.CalledProcessError(node.returncode, node.args)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
