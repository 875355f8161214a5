"""docs/production.md lists the environment variables that the code reads, no more and no fewer."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READ = re.compile(r"(?:environment\.\w+\(|os\.environ\.get\(|os\.environ\[)\s*\"([A-Z_]+)\"")
GIVEN_BY_DJANGO = {"DJANGO_SETTINGS_MODULE"}


def test_every_environment_variable_is_documented() -> None:
    code = "".join(path.read_text() for path in (ROOT / "klantwaarde").rglob("*.py"))
    documented = re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "production.md").read_text(), re.MULTILINE
    )
    assert sorted(documented) == sorted(set(READ.findall(code)) - GIVEN_BY_DJANGO)
