"""One case of a test for many values, so that a suite of drawings stays a list of facts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any


def over(argument: str, values: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a test for each value of an argument, in one case; a failure says which value it was."""
    every = list(values)

    def loop(test: Callable[..., None]) -> Callable[..., None]:
        def all_of_them(**others: Any) -> None:
            for value in every:
                try:
                    test(**{argument: value}, **others)
                except AssertionError as error:
                    error.add_note(f"with {argument} = {value!r}")
                    raise

        signature = inspect.signature(test)
        left = [given for name, given in signature.parameters.items() if name != argument]
        all_of_them.__name__, all_of_them.__doc__ = test.__name__, test.__doc__
        all_of_them.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return all_of_them

    return loop
