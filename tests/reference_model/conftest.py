"""Shapes and types of the reference model are checked while its tests run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import jaxtyping
import pytest
from beartype import BeartypeConf, beartype
from beartype.door import is_bearable
from beartype.roar import BeartypeDecorHintException

assert "reference_model" not in sys.modules, "imported before its functions could be given their checks"
jaxtyping.install_import_hook("reference_model", f"{__name__}.checked")


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Beartype, without the hints that it cannot check outside of their class: ``Self``, protocols."""
    function.__annotations__ = {name: hint for name, hint in function.__annotations__.items() if checkable(hint)}
    return beartype(conf=BeartypeConf(is_pep484_tower=True))(function)


def checkable(hint: Any) -> bool:
    """Whether beartype knows what the hint means."""
    try:
        is_bearable(None, hint)
    except BeartypeDecorHintException:
        return False
    return True


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Without the checks, as users run it."""
    jaxtyping.config.update("jaxtyping_disable", value=True)
    yield
    jaxtyping.config.update("jaxtyping_disable", value=False)
