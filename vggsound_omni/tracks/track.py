"""Tracks: which items, which task, which metrics apply and why others do not. Each is a TOML file in ``tracks/``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import shipped
from vggsound_omni.protocol import TASKS, Task
from vggsound_omni.suites.suite import Item

METRICS = ("kl", "fd", "fad", "is", "pq", "ce", "cu", "pc", "ms_clap", "la_clap", "ib", "ds", "kad", "fd_inf")
"""Keys of the metrics, in the order of tables."""
COMPARING = ("kl", "fd", "fad", "kad", "fd_inf")
"""Metrics that compare with reference recordings."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """One track, as its file says."""

    name: str
    title: str
    task: Task
    strata: tuple[str, ...]
    """Strata of the suite whose items belong to it."""
    window: float
    """Seconds generated and scored, from the start of each clip; shorter clips stay short."""
    metrics: tuple[str, ...]
    """Keys of :data:`METRICS` that apply."""
    not_applicable: dict[str, str]
    """Why the others do not."""
    notes: dict[str, str]
    """What a reader must know of a metric on this track."""

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UserError(f'Track {self.name}: unknown task "{self.task}"; use one of {", ".join(TASKS)}.')
        if sorted([*self.metrics, *self.not_applicable]) != sorted(METRICS):
            raise UserError(f"Track {self.name}: every metric must stand once, in metrics or in not_applicable.")
        if self.window <= 0:
            raise UserError(f"Track {self.name}: window is {self.window} s; it must be positive.")

    def select(self, items: Sequence[Item], suite_name: str) -> list[Item]:
        """The items of a suite that belong to this track.

        Raises:
            UserError: the suite has none, or one lacks what the task gives to the generator.
        """
        chosen = [item for item in items if item.stratum in self.strata]
        if not chosen:
            there = ", ".join(sorted({item.stratum for item in items})) or "none"
            raise UserError(
                f"Suite {suite_name} has no items for track {self.name}, which takes the strata "
                f"{', '.join(self.strata)}; the suite's strata: {there}."
            )
        for item in chosen:
            if self.task != "v2a" and not item.caption:
                raise UserError(f'Item "{item.id}" of {suite_name} has no caption, and track {self.name} gives one.')
            if self.task != "t2a" and not item.has_video:
                raise UserError(f'Item "{item.id}" of {suite_name} has no video, and track {self.name} gives one.')
        return chosen

    def without_reference(self) -> Track:
        """The track for items without reference recordings: what compares with them does not apply."""
        lacking = {key: "the suite has no reference recordings" for key in COMPARING if key in self.metrics}
        metrics = tuple(key for key in self.metrics if key not in lacking)
        return replace(self, metrics=metrics, not_applicable=self.not_applicable | lacking)


def track_names() -> list[str]:
    """Names of all tracks, in the order of the field: t2a, v2a, vt2a, then the challenges."""
    order = {"t2a": 0, "v2a": 1, "vt2a": 2, "offscreen": 3, "bgm": 4}
    return sorted((path.stem for path in shipped("tracks").glob("*.toml")), key=lambda name: (order.get(name, 9), name))


def load_track(name: str) -> Track:
    """The track of that name.

    Raises:
        UserError: there is none, or its file is wrong.
    """
    names = track_names()
    if name not in names:
        raise unknown_name("track", name, names)
    return _read(shipped("tracks") / f"{name}.toml")


def _read(path: Path) -> Track:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path.name}: {error}.") from error
    known = {f.name for f in fields(Track)}
    for key in raw:
        if key not in known:
            raise unknown_name(f"key in {path.name}", key, known)
    if missing := known - set(raw):
        raise UserError(f"{path.name}: {', '.join(sorted(missing))} missing.")
    return Track(**(raw | {"strata": tuple(raw["strata"]), "metrics": tuple(raw["metrics"])}))
