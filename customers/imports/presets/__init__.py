"""Exports that we know by their header row: every module of this package that holds a ``Preset``.

A new one is a module here and a sample in ``tests/data``; nothing else names it.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from customers.imports.presets.generic import GENERIC
from customers.imports.presets.preset import Preset
from customers.imports.reasons import UnusableFile


def _find_presets() -> Iterator[Preset]:
    """Yield the presets of this package by the names of their modules, the generic one last."""
    for name in sorted(module.name for module in iter_modules(__path__)):
        module = import_module(f"{__name__}.{name}")
        found = [value for value in vars(module).values() if isinstance(value, Preset)]
        yield from (preset for preset in found if preset is not GENERIC)
    yield GENERIC


PRESETS: Final[dict[str, Preset]] = {preset.key: preset for preset in _find_presets()}


def get_preset(key: str) -> Preset:
    """Return the preset of that name. Raises UnusableFile when there is none."""
    if key not in PRESETS:
        raise UnusableFile("unknown_preset", preset=key, presets=", ".join(PRESETS))
    return PRESETS[key]


def matching_presets(header: Sequence[str]) -> list[Preset]:
    """Return the presets whose header this is, the one that asks for most columns first."""
    found = [preset for preset in PRESETS.values() if preset.recognises(header)]
    return sorted(found, key=lambda preset: len(preset.needs), reverse=True)


def recognise_preset(header: Sequence[str]) -> Preset:
    """Return the preset whose header this is, else the generic one."""
    return next(iter(matching_presets(header)), GENERIC)
