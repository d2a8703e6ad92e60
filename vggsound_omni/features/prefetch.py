"""Prefetching in threads, and a progress bar."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_THREADS = 8
_DELAY = 2.0  # seconds before a bar appears

Job = TypeVar("Job")
Done = TypeVar("Done")


def prefetch(work: Callable[[Job], Done], jobs: Sequence[Job]) -> Iterator[Done]:
    """Yields the results of jobs in order, computing the next few in threads meanwhile."""
    threads = min(_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Done]] = deque()
        for job in jobs:
            waiting.append(pool.submit(work, job))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Bar(AbstractContextManager["Bar"]):
    """A progress bar that appears only on a terminal, and only if the work takes long."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(title, total=total)
        self._began = time.monotonic()
        self._may_show = console.is_interactive
        self._shown = False

    def advance(self) -> None:
        """Counts one more job as done."""
        self._progress.advance(self._task)
        if self._may_show and not self._shown and time.monotonic() - self._began > _DELAY:
            self._shown = True
            self._progress.start()

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._progress.stop()
