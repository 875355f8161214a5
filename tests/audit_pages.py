"""Every page of the demo shop before axe and Lighthouse: ``python -m tests.audit_pages [NAME …]``.

Starts the product on a data directory of its own, signs in, and visits the pages of
``test_browser_every_page`` (or those whose URL is named), first each kind of page once and then its
variants. axe must find nothing serious, in light, in dark and on a phone; Lighthouse gives accessibility and
best practices 100, performance 95 or more.

A page below that is measured ``AUDIT_RUNS`` times (3) and counts for its median; beside it stands a page
with nothing on it at the same moment, which tells a slow machine from a slow page. What goes wrong with a
page is said and the next one follows; pages not reached within ``AUDIT_MINUTES`` (60) are named. Exit code 1
when a page missed or was missed. Modules of Django are imported late: the environment must say first where
this site's data is.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from klantwaarde import environment

LEAST: Final = {"accessibility": 100, "best-practices": 100, "performance": 95}
SCRIPT: Final = Path(__file__).with_name("audit_lighthouse.mjs")
HEAD: Final = f"{'page':<64}  axe  a11y  best  perf  TBT ms  LCP ms    CLS"


def main(names: Sequence[str]) -> int:
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


def audit(address: str, names: Sequence[str], chromium: str, folder: Path) -> int:
    """Look at the pages of a running site; returns the exit code."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs a loop of its own beside the ORM
    django.setup()
    minutes = environment.whole_number("AUDIT_MINUTES", 60, minimum=1)
    deadline = time.monotonic() + 60 * minutes
    paths = list_paths(names, folder)
    print(f"axe looks at {len(paths)} pages, then Lighthouse ({minutes} minutes at most) ...", flush=True)
    wrong = find_violations(address, paths, chromium, deadline)
    print(HEAD, flush=True)
    missed = 0
    for found in run_lighthouse(address, paths, chromium, minutes=(deadline - time.monotonic()) / 60):
        complaints = describe(found, wrong[found["path"]])
        missed += bool(complaints)
    print(f"{len(paths)} pages, {missed} of them with something to do.")
    return 1 if missed else 0


def list_paths(names: Sequence[str], folder: Path) -> list[str]:
    """Return the addresses of the pages asked for, each kind of page before the variants of any."""
    from tests import test_browser_every_page as pages

    unknown = set(names) - {sight.name for sight in pages.PAGES}
    if unknown:
        raise SystemExit(f"No page of that name: {', '.join(sorted(unknown))}")
    pages.add_odd_ones(folder)
    sights = [sight for sight in pages.PAGES if not names or sight.name in names]
    addressed = [(sight.name, sight.address()) for sight in sights]  # once each: some make what they show
    firsts = list(dict(reversed(addressed)).values())[::-1]
    return list(dict.fromkeys([*firsts, *(address for _name, address in addressed)]))


def find_violations(
    address: str, paths: Sequence[str], chromium: str, deadline: float
) -> dict[str, list[str]]:
    """Return what axe and the browser say of each page, or why it could not be looked at."""
    from playwright.sync_api import Error

    from customers.permissions import ADMIN
    from tests.browser_shop import visit
    from tests.builders import make_user
    from tests.test_browser_every_page import look

    admin = make_user("toegankelijk", role=ADMIN)
    found: dict[str, list[str]] = {}
    for path in paths:
        if time.monotonic() > deadline:
            found[path] = ["axe: not reached in the time there was"]
            continue
        options = {"bypass_csp": True, "reduced_motion": "reduce"}
        with visit(chromium, address, user=admin, **options) as reader:
            try:
                found[path] = look(reader, path)
            except Error as error:
                found[path] = [f"axe: {error.message.splitlines()[0]}"]
            found[path] += reader.complaints
            reader.complaints.clear()
    return found


def run_lighthouse(
    address: str, paths: Sequence[str], chromium: str, *, minutes: float
) -> Iterator[dict[str, Any]]:
    """Yield what Lighthouse found, page by page. Raises CalledProcessError when it cannot run at all."""
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
        "least": LEAST,
        "runs": environment.whole_number("AUDIT_RUNS", 3, minimum=1),
        "minutes": round(minutes, 1),
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


def describe(result: dict[str, Any], violations: Sequence[str]) -> list[str]:
    """Print the line of a page, and under it what is wrong; returns that."""
    start = f"{result['path']:<64} {len(violations):>4}"
    complaints = list(violations)
    if failed := result.get("failed"):
        complaints.append(f"Lighthouse: {failed}")
        print(start, flush=True)
    else:
        found = result["found"]
        scores = " ".join(f"{found['scores'][name]:>5}" for name in LEAST)
        print(f"{start} {scores} {found['tbt']:>7.0f} {found['lcp']:>7.0f} {found['cls']:>6.3f}", flush=True)
        complaints += describe_misses(result)
    for complaint in complaints:
        print(f"    {complaint}", flush=True)
    return complaints


def describe_misses(result: dict[str, Any]) -> list[str]:
    """Return which category is below what is asked, by which audits, and how the machine was meanwhile."""
    found, control = result["found"], result["control"]
    low = [name for name, least in LEAST.items() if found["scores"][name] < least]
    complaints = [f"{name}: {', '.join(found['missed'][name]) or 'a little of everything'}" for name in low]
    if "performance" in low:
        runs = ", ".join(map(str, result["runs"]))
        nothing = f"{control['scores']['performance']}, TBT {control['tbt']:.0f} ms"
        complaints.append(
            f"performance of the runs: {runs}; of a page with nothing on it: {nothing}; "
            f"load of the machine: {os.getloadavg()[0]:.1f}"
        )
    return complaints


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
