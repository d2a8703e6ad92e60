"""Truth, and what a perfect ear would hear of it, so that damages to it are exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from vggsound_omni.metrics import Metric, Tags
from vggsound_omni.metrics.estimate import Estimate
from vggsound_omni.metrics.metric import Encoded
from vggsound_omni.suites import Truth
from vggsound_omni.suites.suite import MusicTruth, SoundEvent

NAMES = ("dog barking", "cat meowing", "door slamming", "raining", "sea waves", "music")
ROWS = 64


def act(name: str, onset: float, end: float | None = None, **more: object) -> SoundEvent:
    """One event, 0.2 s long if nothing else is said."""
    return SoundEvent(sound_class=name, onset=onset, end=onset + 0.2 if end is None else end, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Detection:
    """One row of an ear."""

    name: str
    onset: float
    end: float
    level: float


Heard = tuple[Detection, ...]
Damage = Callable[[Heard, Truth, np.random.Generator], Heard]


def perfect(truth: Truth) -> Heard:
    """What an ear without fault hears."""
    found = [Detection(e.sound_class, e.onset, e.end, e.level_db) for e in truth.events]
    if truth.music is not None:
        scene: dict[str, list[float]] = {}
        for event in truth.events:
            scene.setdefault(event.sound_class, []).append(10 ** (event.level_db / 10))
        below = 10 * np.log10(sum(np.mean(powers) for powers in scene.values())) if scene else 0.0
        found.append(Detection("music", 0.0, 8.0, float(below) + truth.music.level_db))
    return tuple(found)


def estimate(metric: Metric, heard: Sequence[Heard], truths: Sequence[Truth], names: Sequence[str] = NAMES) -> Estimate:
    """What a metric makes of it."""
    need = metric.needs[0]
    assert isinstance(need, Encoded)
    if need.output == "onsets":
        acts = [sorted(one.onset for one in clip if one.name in NAMES[:3]) for clip in heard]
        onsets = np.full((len(heard), 128, 2), np.nan, np.float32)
        for place, of_clip in zip(onsets, acts, strict=True):
            place[: len(of_clip)] = [(onset, 10.0) for onset in of_clip] or np.empty((0, 2))
        return metric.compute(onsets, truths)
    events = np.full((len(heard), ROWS, 4), np.nan, np.float32)
    for place, clip in zip(events, heard, strict=True):
        rows = [(names.index(one.name), one.onset, one.end, one.level) for one in clip if one.name in names]
        place[: len(rows)] = rows or np.empty((0, 4))
    return metric.compute(Tags(events, tuple(names)), truths)


def value(metric: Metric, heard: Heard, truth: Truth) -> float:
    """Of one clip."""
    return estimate(metric, [heard], [truth]).value


@cache
def truths() -> tuple[Truth, ...]:
    """Clips of one and two sources, on and off screen, some of them textures, some with music, each forbidding one."""
    rng, found = np.random.default_rng(1), []
    for k in range(96):
        names = [NAMES[k % 3], *([NAMES[(k + 1 + k // 3) % 3 if k % 4 else 3]] if k % 2 else [])]
        events = []
        for place, name in enumerate(dict.fromkeys(names)):
            level, on_screen = float(rng.uniform(-15, -5)), not (place and k % 8 == 5)
            if name == "raining":
                events.append(act(name, 2.0, 7.0, level_db=level, on_screen=on_screen, discrete=False))
                continue
            times = 0.3 + 0.6 * place + np.cumsum(rng.uniform(0.9, 1.2, 5))
            events += [act(name, float(t), level_db=level, on_screen=on_screen) for t in times]
        others = sorted(set(NAMES[:3]) - {event.sound_class for event in events})
        music = MusicTruth(style="strings", level_db=-6.0) if k % 6 == 5 else None
        found.append(Truth(events=tuple(sorted(events, key=lambda e: e.onset)), music=music, forbidden=(others[0],)))
    return tuple(found)


def damaged(damage: Damage, seed: int = 0) -> list[Heard]:
    """What is heard of each clip after a damage."""
    rng = np.random.default_rng(seed)
    return [damage(perfect(truth), truth, rng) for truth in truths()]


def dropped(share: float) -> Damage:
    """Some acts are not heard."""
    return lambda heard, _, rng: tuple(one for one in heard if rng.random() >= share)


def added(share: float) -> Damage:
    """Further acts of what is wanted, between others."""

    def damage(heard: Heard, truth: Truth, rng: np.random.Generator) -> Heard:
        acts = {event.sound_class for event in truth.events if event.discrete}
        more = [
            replace(one, onset=one.onset + 0.45, end=one.end + 0.45)
            for one in heard
            if one.name in acts and rng.random() < share
        ]
        return (*heard, *more)

    return damage


def shifted(seconds: float) -> Damage:
    """Everything is late."""
    return lambda heard, *_: tuple(replace(one, onset=one.onset + seconds, end=one.end + seconds) for one in heard)


def swapped(share: float) -> Damage:
    """Clips in which everything that acts is heard as the forbidden class."""

    def damage(heard: Heard, truth: Truth, rng: np.random.Generator) -> Heard:
        if rng.random() >= share:
            return heard
        acts = {event.sound_class for event in truth.events if event.discrete}
        return tuple(replace(one, name=truth.forbidden[0]) if one.name in acts else one for one in heard)

    return damage


def turned(share: float) -> Damage:
    """Clips whose time runs backwards, so that what began first begins last."""

    def damage(heard: Heard, _: Truth, rng: np.random.Generator) -> Heard:
        if rng.random() >= share:
            return heard
        return tuple(replace(one, onset=8 - one.onset, end=8.2 - one.onset) for one in heard)

    return damage


def louder(decibels: float) -> Damage:
    """Sound off screen, and music, is too loud."""

    def damage(heard: Heard, truth: Truth, _: np.random.Generator) -> Heard:
        off = {event.sound_class for event in truth.events if not event.on_screen} | {"music"}
        return tuple(replace(one, level=one.level + decibels) if one.name in off else one for one in heard)

    return damage


def gained(decibels: float) -> Damage:
    """Everything is louder."""
    return lambda heard, *_: tuple(replace(one, level=one.level + decibels) for one in heard)
