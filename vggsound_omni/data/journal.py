"""Checks many clips on all cores in bounded memory, and keeps a journal so that nothing is measured twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from vggsound_omni.suites.places import Place

from .checks import CHECKS_VERSION, Facts, as_record, check
from .local_clips import Clip
from .pool import Bounds, Ended, cores, each


class Journal:
    """``checks.jsonl``: a line for each clip that was measured, appended as it comes.

    A clip is identified by its files' names, sizes and modification times; a replaced file is measured again.
    """

    def __init__(self, path: Path, bounds: Bounds | None = None) -> None:
        self._path = path
        self._bounds = bounds or Bounds()
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
        """Returns facts of every clip, by id; those not yet in the journal are measured now.

        Args:
            clips: ids and files.
            jobs: processes; None: one a core.
            done: called with the number of clips that became known.
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
        by_clip: dict[Clip, list[tuple[str, str]]] = {}
        for item_id, key, clip in new:
            by_clip.setdefault(clip, []).append((item_id, key))
        with self._path.open("a", encoding="utf-8") as journal:
            for clip, answer in each(_check, by_clip, min(jobs or cores(), len(by_clip)), self._bounds):
                ended = isinstance(answer, Ended)
                found = _ended(answer, self._bounds) if ended else Facts(**answer)
                for item_id, key in by_clip[clip]:
                    facts[item_id] = found
                    if not ended:  # what ends a process may be the machine's fault: it is tried again next time
                        self._known[key] = found
                        journal.write(json.dumps({"clip": key, "facts": answer}) + "\n")
                        journal.flush()
                    done(1)
        return facts

    def _mend(self) -> None:
        if self._path.exists() and not (content := self._path.read_bytes()).endswith(b"\n"):
            os.truncate(self._path, content.rfind(b"\n") + 1)


def _check(clip: Clip) -> dict[str, Any]:
    return as_record(check(clip))


def _ended(how: Ended, bounds: Bounds) -> Facts:
    if how.late:
        return Facts(error=f"it keeps the decoder busy for more than {bounds.busy} s; cut it, or download it again")
    return Facts(error="it ends the decoder's process; write or download it again")


def _key(clip: Clip) -> str:
    return json.dumps([CHECKS_VERSION, *(_file_key(place) for place in (clip.video, clip.audio))])


def _file_key(place: Place | None) -> list[object] | None:
    if place is None:
        return None
    try:
        changed = Path(place.path).stat().st_mtime_ns
    except OSError:
        changed = 0  # it was there a moment ago; measuring it says what is wrong
    return [place.path, place.member, place.offset, place.size, changed]
