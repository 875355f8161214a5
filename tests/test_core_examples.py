"""The examples in the documentation of the mathematics give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import metrics.core

MODULES = [module.name for module in pkgutil.iter_modules(metrics.core.__path__, "metrics.core.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
