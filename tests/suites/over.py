"""One case of a test for many values, so that tests of many drawings stay a list of facts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any


def over(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a test for each value of an argument, or of several, in one case; a failure says which value it was."""
    every = list(values)
    several = (names,) if isinstance(names, str) else names

    def loop(test: Callable[..., None]) -> Callable[..., None]:
        def all_of_them(**others: Any) -> None:
            for value in every:
                given = dict(zip(several, (value,) if isinstance(names, str) else value, strict=True))
                try:
                    test(**given, **others)
                except AssertionError as error:
                    error.add_note(f"with {given}")
                    raise

        signature = inspect.signature(test)
        left = [parameter for name, parameter in signature.parameters.items() if name not in several]
        all_of_them.__name__, all_of_them.__doc__ = test.__name__, test.__doc__
        all_of_them.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return all_of_them

    return loop
