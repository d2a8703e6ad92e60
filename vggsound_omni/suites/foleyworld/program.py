"""Draws scenes from seeds: split, stratum and index determine everything.

Strata: ``main`` has one or two sources in the picture, sometimes a third out of frame, sometimes soft music. In
``natural`` what is heard is out of frame, the picture shows a silent motif or a thing at rest. ``bgm`` is as ``main``,
with music mixed in at -12 to 0 dB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .backdrops import BACKDROPS
from .captions import describe
from .classes import CLASSES, Place, SoundClass
from .music import STYLES
from .pictures import STILL_LIFES
from .room import NOISES, ROOMS
from .scene import DURATION, FPS, WORLD_VERSION, Event, Music, Room, Scene, Setting, Source, Style

Generator = np.random.Generator

SPLITS = {"train": 0, "validation": 1, "test": 2}
STRATA = {"main": 0, "natural": 1, "bgm": 2}
COUNTS: dict[str, dict[str, int]] = {
    "validation": {"main": 128, "natural": 32, "bgm": 32},
    "test": {"main": 384, "natural": 96, "bgm": 64},
}
"""Scenes of each stratum; the train split is endless."""
NAMED = {
    ("test", "natural", 0): ("mosquito-student", "mosquito buzzing", "student reading"),
    ("test", "natural", 1): ("coffee-explosion", "volcano explosion", "coffee table"),
}
"""The two scenes that name the problem: id, what is heard, what is seen."""

_FIRST, _LAST = 0.2, DURATION - 0.6
"""Seconds between which onsets lie."""


def scene_id(split: str, stratum: str, index: int) -> str:
    """Returns the id of a scene: ``fw-test-main-0007``, or a name where it has one."""
    named = NAMED.get((split, stratum, index))
    return f"fw-{split}-{stratum}-{named[0] if named else f'{index:04d}'}"


def scene(split: str, stratum: str, index: int) -> Scene:
    """Draws one scene.

    Args:
        split: a key of :data:`SPLITS`.
        stratum: a key of :data:`STRATA`.
        index: from 0, without limit; :data:`COUNTS` says how many belong to the benchmark.
    """
    key = [WORLD_VERSION, SPLITS[split], STRATA[stratum]]
    rng = np.random.default_rng([*key, index])
    first = _balanced_class(key, index)
    named = NAMED.get((split, stratum, index))
    still_life: str | None = None
    if stratum == "natural":
        heard = CLASSES[named[1]] if named else first
        sources = [_source(rng, heard, on_screen=False)]
        if not named and rng.random() < 0.2:
            sources.append(_source(rng, _another(rng, [heard]), on_screen=False))
        place: Place = "indoors" if rng.random() < 0.6 else "outdoors"
        if named or rng.random() < 0.75:
            fitting = [name for name, motif in STILL_LIFES.items() if named or motif.outdoors == (place == "outdoors")]
            still_life = named[2] if named else str(rng.choice(fitting))
            place = "outdoors" if STILL_LIFES[still_life].outdoors else "indoors"
        else:
            resting = _another(rng, [CLASSES[source.sound_class] for source in sources])
            place = resting.place if resting.place != "anywhere" else place
            sources.append(_source(rng, resting, on_screen=True, silent=True))
    else:
        seen = [first]
        place = first.place
        if rng.random() < 0.35:
            seen.append(_another(rng, seen, place))
            place = next((c.place for c in seen if c.place != "anywhere"), place)
        sources = [_source(rng, c, on_screen=True, slot=i, slots=len(seen)) for i, c in enumerate(seen)]
        if rng.random() < 0.25:
            sources.append(_source(rng, _another(rng, seen), on_screen=False))
    if place == "anywhere":
        place = "indoors" if rng.random() < 0.5 else "outdoors"
    music: Music | None = None
    if stratum == "bgm":
        music = _music(rng, (-12.0, 0.0))
    elif stratum == "main" and rng.random() < 0.08:
        music = _music(rng, (-24.0, -14.0))
    room = _room(rng, outdoors=place == "outdoors")
    setting = _setting(rng, still_life, outdoors=place == "outdoors")
    return Scene(
        id=scene_id(split, stratum, index),
        split=split,
        stratum=stratum,
        sources=tuple(sources),
        music=music,
        room=room,
        setting=setting,
        captions=describe(sources, music, room, setting, rng),
    )


def solo(sound_class: str, index: int) -> Scene:
    """Draws a scene in which one source is seen and heard, and nothing else: for previews and tests.

    Args:
        sound_class: a key of :data:`.classes.CLASSES`.
        index: from 0, without limit.
    """
    c = CLASSES[sound_class]
    rng = np.random.default_rng([WORLD_VERSION, len(SPLITS), list(CLASSES).index(sound_class), index])
    sources = [_source(rng, c, on_screen=True)]
    outdoors = c.place == "outdoors" or (c.place == "anywhere" and rng.random() < 0.5)
    room, setting = _room(rng, outdoors=outdoors), _setting(rng, None, outdoors=outdoors)
    return Scene(
        id=f"fw-solo-{list(CLASSES).index(sound_class):02d}-{index:04d}",
        split="solo",
        stratum="main",
        sources=tuple(sources),
        music=None,
        room=room,
        setting=setting,
        captions=describe(sources, None, room, setting, rng),
    )


def _balanced_class(key: Sequence[int], index: int) -> SoundClass:
    """Deals the classes like cards: each comes once before any comes again."""
    names = list(CLASSES)
    deal = np.random.default_rng([*key, 10**6, index // len(names)]).permutation(len(names))
    return CLASSES[names[deal[index % len(names)]]]


def _another(rng: Generator, taken: Sequence[SoundClass], place: Place = "anywhere") -> SoundClass:
    """Draws a class that is not among those taken and fits the place."""
    fitting = [c for c in CLASSES.values() if c not in taken and (c.place == place or "anywhere" in (c.place, place))]
    return fitting[int(rng.integers(len(fitting)))]


def _source(
    rng: Generator, sound_class: SoundClass, *, on_screen: bool, slot: int = 0, slots: int = 1, silent: bool = False
) -> Source:
    style = Style(
        pitch=_round(rng.uniform(-1, 1)),
        material=int(rng.integers(3)),
        brightness=_round(rng.uniform(0, 1)),
        hue=_round(rng.uniform(0, 1)),
    )
    alone = slots == 1
    x = rng.uniform(0.38, 0.62) if alone else (0.27, 0.73)[slot] + rng.uniform(-0.04, 0.04)
    y = rng.uniform(0.32, 0.45) if sound_class.high_up else rng.uniform(0.52, 0.66)
    return Source(
        sound_class=sound_class.name,
        style=style,
        events=() if silent else _events(rng, sound_class),
        on_screen=on_screen,
        gain_db=_round(sound_class.level_db + (rng.uniform(-4, 4) if on_screen else rng.uniform(-6, 2))),
        x=_round(x),
        y=_round(y),
        scale=_round(rng.uniform(0.26, 0.36) if alone else rng.uniform(0.2, 0.25)),
        flip=bool(rng.random() < 0.5),
        seed=int(rng.integers(2**31)),
    )


def _events(rng: Generator, sound_class: SoundClass) -> tuple[Event, ...]:
    timing = sound_class.timing
    count = int(rng.integers(timing.count[0], timing.count[1] + 1))
    rate = float(np.exp(rng.uniform(*np.log(timing.gap))))
    gaps = rate * (1 + timing.jitter * rng.uniform(-1, 1, count))
    frames = np.maximum(np.round(gaps * FPS).astype(int), 3)
    room_for = int((_LAST - _FIRST) * FPS)
    fitting = max(int(np.sum(np.cumsum(frames[:-1]) <= room_for)) + 1, 1)
    frames = frames[:fitting]
    span = int(frames[:-1].sum())
    start = int(_FIRST * FPS) + int(rng.integers(0, max(room_for - span, 0) // (2 if timing.contiguous else 1) + 1))
    onsets = start + np.concatenate([[0], np.cumsum(frames[:-1])])
    lengths = np.round(rng.uniform(*timing.length, fitting) * FPS).astype(int)
    lengths = frames if timing.contiguous else np.minimum(lengths, frames)
    base = rng.uniform(0.55, 0.95)
    strengths = np.clip(base + rng.normal(0, 0.1, fitting), 0.35, 1)
    # Tunes and beats repeat; what falls or is knocked does not.
    pattern = rng.uniform(0, 1, int(rng.choice([4, 8])))
    variations = pattern[np.arange(fitting) % len(pattern)] if timing.jitter == 0 else rng.uniform(0, 1, fitting)
    played = rng.random(fitting) >= timing.rests
    played[0] = True
    return tuple(
        Event(
            onset=_round(onset / FPS),
            duration=_round(min(length / FPS, DURATION - onset / FPS)),
            strength=_round(strength),
            variation=_round(variation),
        )
        for onset, length, strength, variation, heard in zip(
            onsets, lengths, strengths, variations, played, strict=True
        )
        if heard
    )


def _music(rng: Generator, gain_db: tuple[float, float]) -> Music:
    style = STYLES[str(rng.choice(list(STYLES)))]
    return Music(
        style=style.name,
        gain_db=_round(rng.uniform(*gain_db)),
        tempo=_round(rng.uniform(*style.tempo)),
        seed=int(rng.integers(2**31)),
    )


def _room(rng: Generator, *, outdoors: bool) -> Room:
    names = [name for name, kind in ROOMS.items() if kind.outdoors == outdoors]
    name = str(rng.choice(names))
    return Room(
        name=name,
        rt60=_round(rng.uniform(*ROOMS[name].rt60)),
        wet_db=_round(rng.uniform(*ROOMS[name].wet_db)),
        noise=str(rng.choice([key for key, noise in NOISES.items() if noise.outdoors == outdoors])),
        noise_db=_round(rng.uniform(-62, -42)),
        seed=int(rng.integers(2**31)),
    )


def _setting(rng: Generator, still_life: str | None, *, outdoors: bool) -> Setting:
    names = [name for name, backdrop in BACKDROPS.items() if backdrop.outdoors == outdoors]
    return Setting(
        backdrop=str(rng.choice(names)),
        still_life=still_life,
        hue=_round(rng.uniform(0, 1)),
        light=_round(rng.uniform(0.25, 1)),
        drift=_round(rng.uniform(0, 0.03)) if rng.random() < 0.7 else 0.0,
        seed=int(rng.integers(2**31)),
    )


def _round(value: float) -> float:
    """Rounds to four decimals, so that a scene reads the same from JSON."""
    return round(float(value), 4)
