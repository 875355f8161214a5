import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# Joined here, so that this file does not hold what it looks for.
REGISTRIES = [
    ("py" + "pi", "org"),
    ("python" + "hosted", "org"),
    ("npm" + "js", r"(?:org|com)"),
    ("yarn" + "pkg", "com"),
    ("golang", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
    ("docker", "io"),
]
REGISTRY = re.compile(
    r"\b(?:" + "|".join(rf"{name}\.{end}" for name, end in REGISTRIES) + r")\b", re.IGNORECASE
)
# A mirror at home has any name, but its address ends like this.
MIRROR = re.compile(
    r"\b(?:https?|file)://[^\s\"'<>]*/(?:" + "simple|artifactory|nexus|npm-proxy" + r")(?:/|\b)"
)
HOMES = "|".join(["work", "home/[a-z_][a-z0-9_-]*", "root", "Users/[A-Za-z]+", "tmp/kw"])
MACHINE_PATH = re.compile(rf"(?<![\w.~}}*-])/(?:{HOMES})(?:/|-[a-z])")
LOOKED_FOR = {"a package registry's address": REGISTRY, "a mirror's address": MIRROR, "a path": MACHINE_PATH}


def findings(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, kind and match of all in the text that belongs to one machine or its network."""
    for kind, pattern in LOOKED_FOR.items():
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, kind, match.group()


def committed_files(root: Path) -> list[Path]:
    """Return the files git tracks; raises CommandError where git or the repository is missing."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"],  # noqa: S607 - the developer's own git
            cwd=root,
            check=True,
            capture_output=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise CommandError(f"The committed files cannot be listed in {root}: {error}") from None
    return [root / name for name in listed.stdout.decode().split("\0") if name]


class Command(BaseCommand):
    """``manage.py check_committed_files``: part of ``make check``."""

    help = "Fail when a committed file holds the address of a package registry or a path of one machine."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        found = 0
        files = [path for path in committed_files(root) if path.is_file()]
        for path in files:
            for line, kind, match in findings(path.read_text(encoding="utf-8", errors="replace")):
                found += 1
                self.stderr.write(f"{path.relative_to(root)}:{line}: {kind}: {match}")
        if found:
            raise CommandError(f"{found} places name a registry or a machine.")
        self.stdout.write(f"{len(files)} committed files name no registry and no machine.")
