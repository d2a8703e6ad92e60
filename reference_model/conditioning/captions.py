"""Which of a scene's five captions a model is trained with, and captions that are wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from vggsound_omni.suites.foleyworld import CLASSES, DURATION, Event, Scene, SoundClass, Source
from vggsound_omni.suites.foleyworld.captions import describe
from vggsound_omni.suites.foleyworld.composition import allowed, is_held

SHARES: Final[Mapping[str, float]] = {"dense": 0.4, "paraphrase": 0.2, "plain": 0.15, "brief": 0.1, "timed": 0.15}
"""Shares of the captions by kind. The dense one is the benchmark's text."""
KINDS: Final = tuple(SHARES)
FAULTS: Final = 0.3
"""Probability of each of a poor caption's faults: a wrong class, a source left out, the wrong order."""


def captions(scene: Scene) -> list[str]:
    """Returns the five captions, in the order of :data:`KINDS`."""
    return [getattr(scene.captions, kind) for kind in KINDS]


def poor_captions(scene: Scene, rng: np.random.Generator) -> list[str]:
    """Returns five captions of a scene that each have up to three faults, in the order of :data:`KINDS`.

    They are written as all captions are, from facts; the facts are wrong. Faults that a scene cannot have (an order of
    one source) are left out. No class is said that train never has beside the others, or in that material and pitch.
    """
    return [getattr(describe(_spoilt(scene, rng), rng, novel=False), kind) for kind in KINDS]


def _spoilt(scene: Scene, rng: np.random.Generator) -> Scene:
    wrong_class, left_out, wrong_order = rng.random(3) < FAULTS
    if wrong_class:
        scene = _with_wrong_class(scene, rng)
    heard = scene.heard
    if left_out and len(heard) > 1:
        gone = heard[int(rng.integers(len(heard)))]
        scene = replace(scene, sources=tuple(source for source in scene.sources if source is not gone))
    elif left_out:
        scene = replace(scene, music=None)
    if wrong_order and len(scene.heard) > 1:
        scene = replace(scene, sources=tuple(map(_backwards, scene.sources)))
    return scene


def _with_wrong_class(scene: Scene, rng: np.random.Generator) -> Scene:
    heard = scene.heard
    wrong = heard[int(rng.integers(len(heard)))]
    others = [CLASSES[source.sound_class] for source in scene.sources if source is not wrong]
    fitting = _fitting(wrong, others)
    if not fitting:
        return scene
    said = replace(wrong, sound_class=fitting[int(rng.integers(len(fitting)))].name)
    alike = scene.cell == "alike"  # of two alike things the other is not spoken of
    sources = tuple(said if source is wrong else source for source in scene.sources if source is wrong or not alike)
    return replace(scene, sources=sources, cell="one" if alike else scene.cell)


def _fitting(wrong: Source, others: Sequence[SoundClass]) -> list[SoundClass]:
    """Returns classes that lie in time as this source's does, with which train could have the scene."""
    own = CLASSES[wrong.sound_class]
    return [
        c
        for c in CLASSES.values()
        if c is not own
        and c not in others
        and c.lasting == own.lasting
        and allowed(c, wrong.style.material, wrong.style.pitch)
        and not any(is_held(c, other) for other in others)
    ]


def _backwards(source: Source) -> Source:
    """Mirrors a source's acts in time."""
    events = tuple(
        Event(
            onset=round(max(DURATION - event.end, 0.0), 4),
            duration=event.duration,
            strength=event.strength,
            variation=event.variation,
        )
        for event in reversed(source.events)
    )
    return replace(source, events=events)
