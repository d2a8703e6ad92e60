"""Which parity cases run where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_marked(names: Iterable[str], *core: str) -> list[Any]:
    """Parameters of a slow parity test: the core suite runs some cases, ``-m crosscheck`` the rest."""
    return [name if name in core else pytest.param(name, marks=pytest.mark.crosscheck) for name in names]
