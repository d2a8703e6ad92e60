"""Prefetching in threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_THREADS = 8

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
