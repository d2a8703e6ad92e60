"""Tracks: which items, which task, and what a reader must know. Each is a TOML file in ``tracks/``.

A track rules out no metric by name: which of them apply follows from their needs. It may rule out, or comment on, all
that look at a side of an item (``generated``, ``reference``, ``video``, ``text``): the picture, where the source is not
in it; and rule out all that sort clips into a tagger's classes, where these do not hold what is heard (``classes``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from vggsound_omni.errors import NotForTrackError, UserError, unknown_name
from vggsound_omni.protocol import SIDES, TASKS, Task
from vggsound_omni.suites.suite import Item

Condition = Sequence[str] | str | bool | int | Mapping[str, float]
"""What a fact of an item must be: one of several, equal, or within ``min`` and ``max``."""
CLASSES = "classes"
"""What a track rules out if a tagger's classes do not hold all that is heard."""
_SLACK = 0.1  # seconds that an item may be longer than the window without a word
_FACTS = ("stratum", "sources", "visible_sources", "music", "duration")


@dataclass(frozen=True, kw_only=True)
class Track:
    """One track, as its file says."""

    name: str
    title: str
    order: float  # place in tables
    task: Task
    where: Mapping[str, Condition]
    """Which items belong to it, by facts: stratum, visible_sources, ... A stratum has its parts: main has main/one."""
    window: float | None  # seconds generated and scored, from the start of each clip; None: all of it
    headline: tuple[str, ...] = ()  # keys of metrics that rank, of which the first that can be had does
    ranks_from: Mapping[str, float] = field(default_factory=dict)  # least value that a rank takes, by metric
    not_applicable: Mapping[str, str] = field(default_factory=dict)  # reason, by side of an item or "classes"
    notes: Mapping[str, str] = field(default_factory=dict)  # what a reader must know, by side of an item

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UserError(f'Track {self.name}: unknown task "{self.task}"; use one of {", ".join(TASKS)}.')
        if self.window is not None and self.window <= 0:
            raise UserError(f"Track {self.name}: window is {self.window} s; it must be positive.")
        for key, least in self.ranks_from.items():
            if isinstance(least, bool) or not isinstance(least, int | float):
                raise UserError(f"Track {self.name}: ranks_from has {least!r} for {key}; it must be a number.")
        for kind, given, known in (
            ("fact", self.where, _FACTS),
            ("side", self.not_applicable, (*SIDES, CLASSES)),
            ("side", self.notes, SIDES),
        ):
            for name in given:
                if name not in known:
                    raise UserError(f"Track {self.name}: {unknown_name(kind, name, known)}")

    @property
    def strata(self) -> tuple[str, ...]:
        """The strata that it takes; empty: all."""
        wanted = self.where.get("stratum", ())
        return (wanted,) if isinstance(wanted, str) else tuple(map(str, wanted)) if isinstance(wanted, list) else ()

    def select(self, items: Sequence[Item], suite_name: str) -> list[Item]:
        """Returns the items of a suite that belong to this track and have what its task gives to a generator.

        Raises:
            NotForTrackError: the suite has none.
        """
        chosen = [item for item in items if self.takes(item)]
        if not chosen:
            there = ", ".join(sorted({item.stratum for item in items})) or "none"
            wanted = ", ".join(f"{name} {_said(condition)}" for name, condition in self.where.items())
            raise NotForTrackError(
                f"Suite {suite_name} has no items for track {self.name}, which takes {wanted}; "
                f"the suite's strata: {there}."
            )
        whole = [item for item in chosen if self.lacks(item) is None]
        if not whole:
            raise NotForTrackError(f"{self.left_out(items)[0]} Nothing is left; choose another track.")
        return whole

    def lacks(self, item: Item) -> str | None:
        """Returns what an item would have to have for a generator to be given it: "video", "caption", or None."""
        if self.task != "t2a" and not item.has_video:
            return "video"
        return "caption" if self.task != "v2a" and not item.caption else None

    def left_out(self, items: Sequence[Item]) -> list[str]:
        """Returns which items of its strata a track cannot use, and why, one sentence for each reason."""
        found: dict[str, list[str]] = {}
        for item in items:
            if self.takes(item) and (lacking := self.lacks(item)):
                found.setdefault(lacking, []).append(item.id)
        return [
            f"{len(ids)} of {len(items)} items of the suite {'has' if len(ids) == 1 else 'have'} no {lacking}, which "
            f"track {self.name} gives, and {'is' if len(ids) == 1 else 'are'} left out: "
            f"{', '.join(ids[:3])}{', ...' if len(ids) > 3 else ''}."
            for lacking, ids in found.items()
        ]

    def cut(self, items: Sequence[Item]) -> list[str]:
        """Returns a sentence if items are longer than the window, so that their ends are neither made nor scored."""
        longer = [item for item in items if self.window is not None and item.duration > self.window + _SLACK]
        if not longer:
            return []
        count = f"{len(longer)} of {len(items)} items {'is' if len(longer) == 1 else 'are'}"
        return [f"{count} longer than the {self.window:g} s of track {self.name}, which takes their beginning only."]

    def takes(self, item: Item) -> bool:
        """Returns whether an item belongs to this track. A fact that is not known of it is not met."""
        part, whole = item.stratum, item.stratum.partition("/")[0]
        facts: dict[str, Any] = {"stratum": whole if whole in self.strata else part, "duration": item.duration}
        if item.truth is not None:
            facts |= {name: getattr(item.truth, name) for name in ("sources", "visible_sources")}
            facts["music"] = item.truth.music is not None
        return all(name in facts and _met(facts[name], condition) for name, condition in self.where.items())


def _met(fact: Any, condition: Condition) -> bool:  # noqa: ANN401 - a string, number or bool
    if isinstance(condition, Mapping):
        return bool(condition.get("min", fact) <= fact <= condition.get("max", fact))
    if isinstance(condition, list | tuple):
        return fact in condition
    return bool(fact == condition)


def _said(condition: Condition) -> str:
    """A condition in a message."""
    if isinstance(condition, Mapping):
        return " and ".join(f"{end} {limit:g}" for end, limit in condition.items())
    return " or ".join(map(str, condition)) if isinstance(condition, list | tuple) else str(condition)


def read_track(path: Path) -> Track:
    """Reads a track's file.

    Raises:
        UserError: it is not TOML, or a key is missing or unknown.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path.name}: {error}.") from error
    known = {f.name: f for f in fields(Track)}
    for key in raw:
        if key not in known:
            raise unknown_name(f"key in {path.name}", key, known)
    optional = {"headline", "not_applicable", "notes", "ranks_from", "window"}
    if missing := set(known) - optional - set(raw):
        raise UserError(f"{path.name}: {', '.join(sorted(missing))} missing.")
    return Track(**({"window": None} | raw | {"headline": tuple(raw.get("headline", ()))}))
