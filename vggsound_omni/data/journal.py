"""Checks of many clips: over all cores, in bounded memory, kept in a journal so that nothing is measured twice."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from .checks import CHECKS_VERSION, Facts, as_record, check
from .clips import Clip, Place

_AHEAD = 4
"""Clips given out per process at once: enough to keep it busy, few enough to stop soon."""


class Journal:
    """``checks.jsonl``: a line for each clip that was measured, appended as it comes.

    A clip is known by its files' names, sizes and times of change; a file that was replaced is measured again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Facts] = {}
        if path.exists():
            for line in path.read_bytes().split(b"\n")[:-1]:  # a last line cut short was never written
                try:
                    record = json.loads(line)
                    self._known[record["clip"]] = Facts(**record["facts"])
                except (ValueError, KeyError, TypeError):
                    continue  # a damaged line costs one measurement

    def checked(
        self, clips: Iterable[tuple[str, Clip]], jobs: int | None = None, done: Callable[[int], object] = lambda _: None
    ) -> dict[str, Facts]:
        """Facts of every clip, by id; those that are not known yet are measured now.

        Args:
            clips: ids and files.
            jobs: processes; None takes one a core, 1 works in this one.
            done: called with a number of clips whenever some are known.
        """
        facts: dict[str, Facts] = {}
        new: list[tuple[str, str, Clip]] = []
        for item_id, clip in clips:
            key = _key(clip)
            if key in self._known:
                facts[item_id] = self._known[key]
            else:
                new.append((item_id, key, clip))
        done(len(facts))
        if not new:
            return facts
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._mend()
        count = min(jobs or os.cpu_count() or 1, len(new))
        with self._path.open("a", encoding="utf-8") as journal:
            for item_id, key, found in _measured(new, count):
                facts[item_id] = self._known[key] = found
                journal.write(json.dumps({"clip": key, "facts": as_record(found)}, ensure_ascii=False) + "\n")
                journal.flush()
                done(1)
        return facts

    def _mend(self) -> None:
        if self._path.exists() and not (content := self._path.read_bytes()).endswith(b"\n"):
            os.truncate(self._path, content.rfind(b"\n") + 1)


def _measured(clips: list[tuple[str, str, Clip]], jobs: int) -> Iterator[tuple[str, str, Facts]]:
    if jobs == 1:
        yield from ((item_id, key, check(clip)) for item_id, key, clip in clips)
        return
    rest = iter(clips)
    while True:
        unfinished: list[tuple[str, str, Clip]] = []
        yield from _until_broken(rest, jobs, unfinished)
        if not unfinished:
            return
        # A damaged clip can end a decoder's process without a word: those under way are tried one by one.
        yield from ((item_id, key, _alone(clip)) for item_id, key, clip in unfinished)


def _until_broken(
    rest: Iterator[tuple[str, str, Clip]], jobs: int, unfinished: list[tuple[str, str, Clip]]
) -> Iterator[tuple[str, str, Facts]]:
    """Measures in parallel and in order; when a process dies, what was given out goes to ``unfinished``."""
    waiting: deque[tuple[tuple[str, str, Clip], Future[Facts]]] = deque()
    # Spawned processes begin without the parent's memory, threads and locks; they import no torch.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        while True:
            try:
                for one in islice(rest, jobs * _AHEAD - len(waiting)):
                    unfinished.append(one)  # until it is given out
                    waiting.append((one, pool.submit(check, one[2])))
                    unfinished.pop()
                if not waiting:
                    return
                found = waiting[0][1].result()
            except BrokenProcessPool:
                unfinished[:0] = [one for one, _ in waiting]
                return
            (item_id, key, _), _ = waiting.popleft()
            yield item_id, key, found


def _alone(clip: Clip) -> Facts:
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(check, clip).result()
    except BrokenProcessPool:
        return Facts(error="it ends the decoder's process; write or download it again")


def _key(clip: Clip) -> str:
    return json.dumps([CHECKS_VERSION, *(_file_key(place) for place in (clip.video, clip.audio))])


def _file_key(place: Place | None) -> list[object] | None:
    if place is None:
        return None
    return [place.path, place.member, place.offset, place.size, Path(place.path).stat().st_mtime_ns]
