"""The commands of the Makefile, and that its checks find what they are for."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from klantwaarde.management.commands.check_committed_files import findings

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
def test_make_alone_lists_every_command_with_what_it_does() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", listed, re.MULTILINE))
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared
    assert set(explained) == set(declared.group(1).split()) - {"python-is-new-enough"}


@pytest.mark.parametrize(
    "text",
    [
        "https://files.python" + "hosted.org/packages/x.whl",
        "index-url = https://PY" + "PI.org/simple",
        '"resolved": "https://registry.npm' + 'js.org/chart.js"',
        "https://mirror.example:8443/root/pypi/sim" + "ple/django",
        "file:///opt/wheels/sim" + "ple/",
        "see /ho" + "me/anna/klantwaarde/manage.py",
        "cd /wo" + "rk/main",
    ],
)
def test_an_address_or_path_of_one_machine_is_found_with_its_line(text: str) -> None:
    assert {line for line, _, _ in findings(f"first\n{text}\n")} == {2}


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.jsdelivr.net/npm/chart.js@4.6.1/dist/chart.umd.min.js",
        "https://docs.djangoproject.com/en/5.2/",
        "a simple/plain folder, docs/home/page.md, ../shared/data, /imports/work/",
        "{{ root }}/work/x",
    ],
)
def test_other_addresses_and_paths_are_left_alone(text: str) -> None:
    assert list(findings(text)) == []


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("1", "errors")])
def test_without_chromium_browser_tests_name_the_package_and_fail_only_where_ci_is_set(
    ci: str, outcome: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "browser", "tests/test_browser_charts.py"]
    environment = {**os.environ, "PATH": str(tmp_path), "CI": ci}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stdout
    assert "apt install chromium" in said
    assert re.search(rf"^\d+ {outcome}[^,]* in ", said.splitlines()[-1].strip("= "))
