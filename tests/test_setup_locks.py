"""Two machines that install from the lock files get the same bytes, from wherever they download them."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON_LOCKS = tuple(f"requirements{part}.lock" for part in ("", "-dev", "-bench", "-node"))


def requirements(name: str) -> dict[str, list[str]]:
    """Hashes by pinned requirement of one lock file."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if pinned := re.match(r"([a-z0-9._-]+==[^ ;]+)", line):
            current = found.setdefault(pinned.group(1), [])
        elif hashed := re.match(r"    --hash=(sha256:[0-9a-f]{64})", line):
            current.append(hashed.group(1))
    return found


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_python_package_is_pinned_by_hash(name: str) -> None:
    pinned = requirements(name)
    assert pinned
    assert [package for package, hashes in pinned.items() if not hashes] == []


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, "package-lock.json"])
def test_no_lock_file_holds_an_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()


def test_what_runs_in_production_is_what_was_tested() -> None:
    assert requirements("requirements.lock").items() <= requirements("requirements-dev.lock").items()


def test_every_browser_package_is_pinned_by_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {path: package for path, package in packages.items() if path}
    assert "node_modules/chart.js" in installed
    assert [
        path for path, package in installed.items() if not package["integrity"].startswith("sha512-")
    ] == []


def test_chart_js_is_the_version_with_a_minified_file_that_can_be_checked() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert packages["node_modules/chart.js"]["version"] == "4.6.1"
