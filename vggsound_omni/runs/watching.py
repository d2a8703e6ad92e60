"""Callbacks: what is told of a run while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .result import Result


@dataclass(frozen=True, kw_only=True)
class Advance:
    """How far a run is, since this command began."""

    track: str
    done: int  # items, failed ones included
    total: int
    failed: int
    seconds: float  # that the generator took


class Watcher(Protocol):
    """Anything with these two methods may watch a run."""

    def advance(self, at: Advance) -> None:
        """Called after each batch."""

    def finish(self, result: Result) -> None:
        """Called once, with the scores."""
