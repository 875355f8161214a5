"""The house: imports go down only, and a module is named after what it does."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STOREYS = ("klantwaarde", "metrics", "customers")

#: How things look to a reader: imports nothing of any storey, so every storey may import it.
PRESENTATION = {
    "klantwaarde.formats",
    "klantwaarde.drawings",
    "klantwaarde.table_columns",
    "klantwaarde.templatetags",
}
MAXIMUM_LINES = 350


def source_files(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the full name of every module or name that ``path`` imports, also inside functions."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: -node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{name.name}" for name in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imports_from(folder: str, *packages: str) -> list[str]:
    """Return "file imports name" for whatever below ``folder`` imports from one of ``packages``."""
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in source_files(folder)
        for name in imported_modules(path)
        if any(is_within(name, package) for package in packages)
        and not any(is_within(name, allowed) for allowed in PRESENTATION)
    ]


def test_there_is_something_to_look_at() -> None:
    assert imports_from("metrics", "customers")


def test_customers_imports_nothing_from_above() -> None:
    assert imports_from("customers", "metrics", "klantwaarde") == []


def test_metrics_imports_nothing_from_above() -> None:
    assert imports_from("metrics", "klantwaarde") == []


@pytest.mark.parametrize("module", sorted(PRESENTATION - {"klantwaarde.templatetags"}))
def test_what_everyone_may_import_imports_no_storey(module: str) -> None:
    path = ROOT / f"{module.replace('.', '/')}.py"
    assert [name for name in imported_modules(path) if is_within(name, "customers")] == []
    assert [name for name in imported_modules(path) if is_within(name, "metrics")] == []


def test_the_core_imports_neither_django_nor_a_storey_beside_itself() -> None:
    forbidden = ("django", "customers", "klantwaarde")
    assert imports_from("metrics/core", *forbidden) == []
    assert [
        f"{path.name} imports {name}"
        for path in source_files("metrics/core")
        for name in imported_modules(path)
        if is_within(name, "metrics") and not is_within(name, "metrics.core")
    ] == []


def test_the_core_loads_without_django() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in source_files("metrics/core")
    ]
    program = (
        f"import importlib, sys; [importlib.import_module(name) for name in {modules!r}]; "
        "sys.exit('django' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize("storey", STOREYS)
def test_no_module_is_named_after_nothing(storey: str) -> None:
    nameless = {"utils", "helpers", "services", "common", "misc"}
    assert [path for path in (ROOT / storey).rglob("*") if path.stem in nameless] == []


@pytest.mark.parametrize("storey", STOREYS)
def test_modules_stay_readable(storey: str) -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in source_files(storey)}
    assert {path: lines for path, lines in lengths.items() if lines > MAXIMUM_LINES} == {}
