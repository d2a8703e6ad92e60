"""How far long work is: a bar with the time left in a terminal, plain lines elsewhere, nothing with ``--quiet``."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Self, TypeVar

from .wording import clean

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 2.0
"""Seconds before progress is shown: short work needs none."""
EVERY, SELDOM = 10.0, 60.0
"""Seconds between two plain lines: 5 % of the work, but not less than the first and not more than the second."""
_STEP = 0.05
_QUIET = "OMNI_BENCH_QUIET"

T = TypeVar("T")


def be_quiet() -> None:
    """Shows no progress from now on, in this process and those that it starts."""
    os.environ[_QUIET] = "1"


def duration(seconds: float) -> str:
    """Returns a length of time as ``0:09``, ``12:30`` or ``2:05:00``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress(AbstractContextManager["Progress"]):
    """Counts finished pieces of some work, and shows how many there are and about how long the rest takes."""

    def __init__(self, title: str, total: int, console: Console | None = None, *, announce: bool = False) -> None:
        """Shows nothing yet.

        Args:
            title: what is done.
            total: how many pieces it has; 0: :meth:`update` will tell.
            console: where it is shown; None: standard error.
            announce: shows at once what is to be done.
        """
        from rich.console import Console

        self._title, self._total, self._announce = clean(title), total, announce
        self._console = console or Console(stderr=True)
        self._done, self._began = 0, time.monotonic()
        self._quiet = bool(os.environ.get(_QUIET))
        self._bar: _Bar | None = _Bar(self._title, total, self._console) if self._console.is_interactive else None
        self._ended, self._told = threading.Event(), False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if self._quiet:
            return self
        if self._announce:
            self._show()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def advance(self, count: int = 1) -> None:
        """Counts pieces that are finished."""
        self.update(self._done + count)

    def update(self, done: int, total: int | None = None) -> None:
        """Says how many pieces are finished, and of how many if that was not known."""
        self._done, self._total = done, total or self._total
        if self._bar:
            self._bar.update(done, self._total)

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()
        if self._bar:
            self._bar.stop()
        elif self._told and error[0] is None:
            self._line(f"{self._done} of {self._total} in {duration(time.monotonic() - self._began)}")

    def _watch(self) -> None:
        """Shows the bar, or a line now and then, until the work ends."""
        if self._bar:
            if not self._ended.wait(PATIENCE):
                self._show()
            return
        while not self._ended.wait(self._pause()):
            self._show()

    def _show(self) -> None:
        if self._bar:
            self._bar.start()
            return
        passed, self._told = time.monotonic() - self._began, True
        since = f", {duration(passed)} passed" if passed >= 1 else ""
        left = passed / self._done * (self._total - self._done) if self._done else 0.0
        rest = f", about {duration(left)} left" if left else ""
        self._line(f"{self._done} of {self._total or '?'}{since}{rest}")

    def _pause(self) -> float:
        passed = time.monotonic() - self._began
        expected = passed / self._done * self._total if self._done else 0.0
        return min(max(EVERY, _STEP * expected), SELDOM)

    def _line(self, text: str) -> None:
        self._console.print(f"{self._title}: {text}", markup=False, highlight=False, soft_wrap=True)


class _Bar:
    """A bar that goes away when the work ends."""

    def __init__(self, title: str, total: int, console: Console) -> None:
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._bar = RichProgress(*columns, console=console, transient=True)
        self._task = self._bar.add_task(escape(title), total=total)

    def start(self) -> None:
        if not self._bar.live.is_started:
            self._bar.start()

    def update(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)

    def stop(self) -> None:
        if self._bar.live.is_started:
            self._bar.stop()


def with_progress(done: Iterable[T], total: int, title: str, console: Console | None = None) -> Iterator[T]:
    """Yields the same results as they come, and shows how many have come."""
    with Progress(title, total, console) as progress:
        for result in done:
            progress.advance()
            yield result
