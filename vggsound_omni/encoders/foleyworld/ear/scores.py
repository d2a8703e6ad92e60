"""How good the ear is on recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.foleyworld import Scene

from .names import ACTS, NAMES
from .spectra import Floats

MOST = 6
"""Acts of a class that are counted, at most."""
NEAR = 0.05
"""Seconds within which an onset is right."""


def scores(scenes: Sequence[Scene], onsets: Sequence[Floats], events: Sequence[Floats]) -> dict[str, float]:
    """Computes the held-out scores of a card.

    Args:
        scenes: the truth.
        onsets: of each, (onsets, 2).
        events: of each, (events, 4).
    """
    found: dict[str, list[float]] = {}
    for scene, heard, named in zip(scenes, onsets, events, strict=True):
        if all(label in ACTS for label in scene.labels) and scene.stratum != "natural" and scene.music is None:
            truth = np.sort([event.onset for source in scene.heard for event in source.events])
            hits = matched(truth, heard[:, 0], NEAR)
            found.setdefault("onset recall within 50 ms", []).append(hits / len(truth))
            found.setdefault("onset F1 within 50 ms", []).append(2 * hits / (len(truth) + len(heard)))
        said, true = counts(named), true_counts(scene)
        kind = "one source" if len(scene.labels) == 1 else "mixtures"
        kind += ", music" if scene.music is not None else ""
        hit = sum((said & true).values())
        found.setdefault(f"F1 of classes with counts, {kind}", []).append(2 * hit / (said.total() + true.total()))
        right = set(said) == set(true)
        found.setdefault(f"classes all right, {kind}", []).append(float(right))
        loud, truly = levels(named), true_levels(scene)
        if len(both := sorted(set(loud) & set(truly))) == 2:
            error = (loud[both[0]] - loud[both[1]]) - (truly[both[0]] - truly[both[1]])
            kind = "music and a source" if "music" in both else "two sources"
            found.setdefault(f"error of level in dB, {kind}", []).append(abs(error))
        music = bool(np.any(named[:, 0] == NAMES.index("music")))
        found.setdefault("music right", []).append(float(music == (scene.music is not None)))
    return {name: float(np.mean(values)) for name, values in sorted(found.items())}


def counts(events: Floats) -> Counter[str]:
    """Acts by class, at most :data:`MOST` of each, and 1 for a texture; without music."""
    names = Counter(NAMES[int(k)] for k in events[:, 0])
    return Counter({name: min(n, MOST if name in ACTS else 1) for name, n in names.items() if name != "music"})


def true_counts(scene: Scene) -> Counter[str]:
    """The same of a scene's truth."""
    found: Counter[str] = Counter()
    for source in scene.heard:
        found[source.sound_class] += len(source.events)
    return Counter({name: min(n, MOST if name in ACTS else 1) for name, n in found.items()})


def levels(events: Floats) -> dict[str, float]:
    """Returns the level of each source, and of music, in dB: the mean power of its events."""
    power: dict[str, list[float]] = {}
    for k, _, _, level in events.tolist():
        power.setdefault(NAMES[int(k)], []).append(10 ** (level / 10))
    return {name: float(10 * np.log10(np.mean(values))) for name, values in power.items()}


def true_levels(scene: Scene) -> dict[str, float]:
    """The same of a scene's truth; music as far above the sum of its sources as it is above the rest of the clip."""
    found = {source.sound_class: source.gain_db for source in scene.heard}
    if scene.music is not None:
        rest = 10 * np.log10(sum(10 ** (level / 10) for level in found.values()))
        found["music"] = float(rest) + scene.music.gain_db
    return found


def matched(truth: Floats, found: Floats, near: float) -> int:
    """Counts pairs of sorted times, one to one, that are as near as that."""
    i = j = hits = 0
    while i < len(truth) and j < len(found):
        if found[j] < truth[i] - near:
            j += 1
        elif found[j] > truth[i] + near:
            i += 1
        else:
            hits, i, j = hits + 1, i + 1, j + 1
    return hits
