"""Draws scenes from seeds: salt, split, stratum and index determine everything.

Strata: ``main`` has one or two sources in the picture, sometimes one out of frame, sometimes soft music. In ``natural``
what is heard is out of frame; the picture shows a silent motif, a thing at rest or one that acts without a sound. In
``conflict`` the picture shows one class and the caption names another, which is heard when the picture acts. ``bgm`` is
as ``main``, with music mixed in at -12 to 0 dB. Each is dealt into cells, see :data:`CELLS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from . import places
from .backdrops import BACKDROPS
from .captions import describe
from .classes import CLASSES, SoundClass
from .composition import allowed, held_cell, is_held
from .music import STYLES
from .pictures import STILL_LIFES
from .places import PLACES
from .room import NOISES, ROOMS
from .salts import PRIVATE, SALTS, opaque_id, salt_of, seed
from .scene import DURATION, Captions, Music, Room, Scene, Setting, Source, Style
from .timing import CLIP, draw_events, shared

Generator = np.random.Generator
T = TypeVar("T")
Fits = Callable[[SoundClass], bool]

SPLITS = tuple(SALTS)
"""Those that are public."""
CELLS: dict[str, dict[str, int]] = {
    "main": {"one": 10, "several": 7, "alike": 3},
    "natural": {f"{picture}-{text}": 1 for picture in ("motif", "rest", "acting") for text in ("said", "unsaid")},
    "conflict": {"family": 1, "other": 1, "random": 1},
    "bgm": {"one": 2, "several": 1},
}
"""Parts of each stratum, with their shares. Dealt like cards, so that any first few scenes hold all of them."""
STRATA = tuple(CELLS)
COUNTS: dict[str, dict[str, int]] = {
    "validation": {"main": 128, "natural": 36, "conflict": 36, "bgm": 32},
    "test": {"main": 384, "natural": 96, "conflict": 96, "bgm": 64},
    PRIVATE: {"main": 128, "natural": 128, "conflict": 128, "bgm": 128},
}
"""Scenes of each stratum; the train split is endless."""
NOVEL = ("test", PRIVATE)
"""Splits with phrasings and compositions that train does not have."""
NAMED = {
    ("test", "natural", 0): ("mosquito buzzing", "student reading"),
    ("test", "natural", 1): ("volcano explosion", "coffee table"),
}
"""The two scenes that name the problem: what is heard, what is seen."""

_MOST_APART_DB = 10.0
"""Levels of two sources in one scene differ by at most this, as those of their classes do: both are heard."""
_BLANK = Captions(dense="", paraphrase="", plain="", brief="", timed="", label="")


def scene(split: str, stratum: str, index: int, salt: bytes | None = None) -> Scene:
    """Draws one scene.

    Args:
        split: one of :data:`SPLITS`, or ``private``.
        stratum: one of :data:`STRATA`.
        index: from 0, without limit; :data:`COUNTS` says how many belong to the benchmark.
        salt: of a private split.

    Raises:
        UserError: there is no such split, or it lacks a salt.
    """
    salt = salt_of(split, salt)
    draw = _Draw(np.random.default_rng(seed(salt, split, stratum, index)), novel=split in NOVEL)
    cell = _dealt(salt, split, stratum, index, CELLS[stratum])
    makers = {"natural": _natural, "conflict": _conflict}
    drawn = makers.get(stratum, _main)(draw, salt, (split, stratum, index), cell)
    found = replace(drawn, id=opaque_id(salt, split, stratum, index), split=split, stratum=stratum, cell=cell)
    words = np.random.default_rng(seed(salt, "words", split, stratum, index))
    return replace(found, captions=describe(found, words, novel=draw.novel))


def solo(sound_class: str, index: int) -> Scene:
    """Draws a scene in which one source is seen and heard, and nothing else: for previews and tests.

    Args:
        sound_class: a key of :data:`.classes.CLASSES`.
        index: from 0, without limit.
    """
    c = CLASSES[sound_class]
    salt = SALTS["train"]
    draw = _Draw(np.random.default_rng(seed(salt, "solo", sound_class, index)), novel=False)
    backdrop = draw.of(c.places)
    drawn = draw.scene([draw.source(c, backdrop)], backdrop)
    found = replace(drawn, id=f"fw-solo-{list(CLASSES).index(sound_class):02d}-{index:04d}", split="solo")
    return replace(found, captions=describe(found, np.random.default_rng(seed(salt, "solo words", index)), novel=False))


Key = tuple[str, str, int]


def _main(draw: _Draw, salt: bytes, key: Key, cell: str) -> Scene:
    first = CLASSES[_dealt(salt, *key, dict.fromkeys(CLASSES, 1))]
    if cell == "alike" and not first.words.things:
        first = draw.of([c for c in CLASSES.values() if c.words.things])
    seen, unseen = [first], []
    if cell == "several" and draw.chance(0.65):
        seen.append(draw.partner(seen, lambda c: bool(set(c.places) & set(first.places))))
    backdrop = draw.of([name for name in first.places if all(places.seen(c, name) for c in seen)])
    if cell == "several" and (len(seen) == 1 or draw.chance(0.2)):
        unseen.append(draw.partner(seen, lambda c: places.heard(c, backdrop)))
    windows = draw.windows(len(seen) + len(unseen))
    slots = 2 if cell == "alike" else len(seen)
    sources = [
        draw.source(c, backdrop, slot=k, slots=slots, window=window)
        for k, (c, window) in enumerate(zip(seen, windows, strict=False))
    ]
    if cell == "alike":
        sources.append(replace(draw.source(first, backdrop, slot=1, slots=2), events=()))
        if draw.chance(0.5):  # the one on the right sounds
            left, right = sources
            sources = [replace(left, x=right.x), replace(right, x=left.x)]
    sources += [
        draw.source(c, backdrop, on_screen=False, window=window)
        for c, window in zip(unseen, windows[len(seen) :], strict=True)
    ]
    music = None
    if key[1] == "bgm":
        music = draw.music((-12.0, 0.0))
    elif draw.chance(0.08):
        music = draw.music((-24.0, -14.0))
    return draw.scene(sources, backdrop, music=music)


def _natural(draw: _Draw, salt: bytes, key: Key, cell: str) -> Scene:
    named = NAMED.get(key)
    first = CLASSES[named[0] if named else _dealt(salt, *key, dict.fromkeys(CLASSES, 1))]
    picture = cell.split("-")[0]
    still_life, silent = None, []
    if picture == "motif":
        fitting = [
            (motif.name, name)
            for motif in STILL_LIFES.values()
            for name in motif.places
            if places.heard(first, name) and (named is None or named[1] == motif.name)
        ]
        still_life, backdrop = fitting[int(draw.rng.integers(len(fitting)))]
    else:
        backdrop = draw.of([name for name in BACKDROPS if places.heard(first, name)])
        shown = draw.of([c for c in CLASSES.values() if places.seen(c, backdrop) and c is not first and c.words.thing])
        source = draw.source(shown, backdrop)
        silent = [replace(source, events=()) if picture == "rest" else replace(source, audible=False)]
    heard = [first]
    if named is None and draw.chance(0.2):
        taken = [CLASSES[source.sound_class] for source in silent]
        heard.append(draw.partner(heard, lambda c: places.heard(c, backdrop) and c not in taken))
    windows = draw.windows(len(heard))
    sources = [draw.source(c, backdrop, on_screen=False, window=w) for c, w in zip(heard, windows, strict=True)]
    return draw.scene([*sources, *silent], backdrop, still_life=still_life)


def _conflict(draw: _Draw, salt: bytes, key: Key, cell: str) -> Scene:
    discrete = [c for c in CLASSES.values() if not c.lasting]
    shown = CLASSES[_dealt(salt, *key, dict.fromkeys((c.name for c in discrete), 1))]
    while not (candidates := [c for c in discrete if c is not shown and _at_distance(shown, c, cell)]):
        shown = draw.of(discrete)
    wanted = draw.partner([shown], lambda c: c in candidates, near=False)
    backdrop = draw.of([name for name in shown.places if places.heard(wanted, name)] or shown.places)
    source = draw.source(wanted, backdrop, high_up=shown.high_up, size=shown.size)
    events = draw_events(draw.rng, shared(shown, wanted))
    return draw.scene([replace(source, events=events, shown_as=shown.name)], backdrop)


def _at_distance(shown: SoundClass, wanted: SoundClass, distance: str) -> bool:
    """Whether a class lies at a distance from the one that is seen: of its family, of another, or any at all.

    But for ``random`` it could be there, and act at that rate.
    """
    if distance == "random":
        return True
    low, high = max(shown.timing.gap[0], wanted.timing.gap[0]), min(shown.timing.gap[1], wanted.timing.gap[1])
    possible = low <= 1.5 * high and any(places.heard(wanted, name) for name in shown.places)
    return possible and (wanted.family == shown.family) == (distance == "family")


def _dealt(salt: bytes, split: str, stratum: str, index: int, shares: dict[str, int]) -> str:
    """Deals names like cards, each as often as its share says before the cards are shuffled again."""
    cards = [name for name, share in shares.items() for _ in range(share)]
    block, place = divmod(index, len(cards))
    deal = np.random.default_rng(seed(salt, "deal", split, stratum, len(cards), block)).permutation(len(cards))
    order = [cards[k] for k in deal]
    if (split, stratum, block * len(cards)) in NAMED and shares is CELLS[stratum]:
        order.sort(key=lambda name: not name.startswith("motif"))  # the two named scenes show motifs
    return order[place]


def _balanced(sources: Sequence[Source]) -> list[Source]:
    """Brings levels nearer to those of their classes until the softest is not too far behind the loudest."""
    heard = [source for source in sources if source.events and source.audible]
    usual = {source.sound_class: CLASSES[source.sound_class].level_db for source in heard}
    share = 1.0
    while True:
        levels = {s.sound_class: usual[s.sound_class] + share * (s.gain_db - usual[s.sound_class]) for s in heard}
        if max(levels.values()) - min(levels.values()) <= _MOST_APART_DB + 1e-9:
            break
        share -= 0.1
    return [replace(s, gain_db=_round(levels[s.sound_class])) if s in heard else s for s in sources]


class _Draw:
    """Draws the parts of a scene."""

    def __init__(self, rng: Generator, *, novel: bool) -> None:
        self.rng = rng
        self.novel = novel

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def of(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def partner(self, taken: Sequence[SoundClass], fits: Fits, *, near: bool = True) -> SoundClass:
        """Draws a class to go with others: in half of the novel scenes, one that train never puts beside them."""
        fitting = [
            c
            for c in CLASSES.values()
            if c not in taken
            and fits(c)
            and (not near or all(abs(c.level_db - other.level_db) <= _MOST_APART_DB for other in taken))
        ]
        held = [c for c in fitting if any(is_held(c, other) for other in taken)]
        known = [c for c in fitting if c not in held]
        return self.of(held if held and (not known or (self.novel and self.chance(0.5))) else known)

    def windows(self, count: int) -> list[tuple[float, float]]:
        """When each of ``count`` sources may act: two of them one after the other, four times in ten."""
        if count != 2 or not self.chance(0.4):
            return [CLIP] * count
        border = float(self.rng.uniform(0.4, 0.6)) * DURATION
        halves = [(CLIP[0], border), (border + 0.2, CLIP[1])]
        return halves if self.chance(0.5) else halves[::-1]

    def source(
        self,
        c: SoundClass,
        backdrop: str,
        *,
        on_screen: bool = True,
        slot: int = 0,
        slots: int = 1,
        window: tuple[float, float] = CLIP,
        high_up: bool | None = None,
        size: float | None = None,
    ) -> Source:
        """Draws a source. ``high_up`` and ``size`` are those of what is seen, where that is another class."""
        rng = self.rng
        alone = slots == 1
        x = rng.uniform(0.38, 0.62) if alone else (0.27, 0.73)[slot] + rng.uniform(-0.04, 0.04)
        high = c.high_up if high_up is None else high_up
        scale = rng.uniform(0.26, 0.36) if alone else rng.uniform(0.2, 0.25)
        until = DURATION if window[0] > CLIP[0] or window == CLIP else window[1]
        if until < DURATION:  # the last act is over by then
            window = (window[0], max(window[1] - c.timing.length[0], window[0] + 0.2))
        return Source(
            sound_class=c.name,
            style=self._style(c, backdrop),
            events=draw_events(rng, c.timing, window, until, on_grid=on_screen),
            on_screen=on_screen,
            rays=self.chance(0.5),
            gain_db=_round(c.level_db + (rng.uniform(-4, 4) if on_screen else rng.uniform(-5, 3))),
            x=_round(x),
            y=_round(rng.uniform(0.32, 0.45) if high else rng.uniform(0.52, 0.66)),
            scale=_round(scale * (c.size if size is None else size)),
            flip=self.chance(0.5),
            seed=int(rng.integers(2**31)),
        )

    def _style(self, c: SoundClass, backdrop: str) -> Style:
        rng = self.rng
        kinds = c.words.materials or (None,) * 3
        fitting = [k for k, kind in enumerate(kinds) if kind is None or not kind.places or backdrop in kind.places]
        material = self.of(fitting or range(3))
        pitch = float(rng.uniform(-1, 1))
        held = held_cell(c)
        if held is not None and self.novel and held[0] in fitting and self.chance(0.25):
            material, pitch = held[0], held[1] * float(rng.uniform(0.4, 1))
        while held is not None and not self.novel and not allowed(c, material, pitch):
            pitch = float(rng.uniform(-1, 1))
        usual = c.hues is not None and self.chance(0.8)
        hue = rng.uniform(*c.hues) % 1 if usual and c.hues else rng.uniform(0, 1)
        return Style(pitch=_round(pitch), material=int(material), brightness=_round(rng.uniform(0, 1)), hue=_round(hue))

    def scene(
        self, sources: Sequence[Source], backdrop: str, *, still_life: str | None = None, music: Music | None = None
    ) -> Scene:
        """Draws the rest. No source is lost behind another, and noise lies well below the softest."""
        sources = _balanced(sources)
        softest = min(source.gain_db for source in sources if source.events and source.audible)
        return Scene(
            id="",
            split="",
            stratum="main",
            cell="one",
            sources=tuple(sources),
            music=music,
            room=self._room(backdrop, softest - 22),
            setting=self._setting(backdrop, still_life),
            captions=_BLANK,
        )

    def music(self, gain_db: tuple[float, float]) -> Music:
        style = STYLES[self.of(list(STYLES))]
        return Music(
            style=style.name,
            gain_db=_round(self.rng.uniform(*gain_db)),
            tempo=_round(self.rng.uniform(*style.tempo)),
            seed=int(self.rng.integers(2**31)),
        )

    def _room(self, backdrop: str, loudest_noise: float) -> Room:
        rng = self.rng
        kind = self.of(PLACES[backdrop].rooms)
        return Room(
            name=kind,
            rt60=_round(rng.uniform(*ROOMS[kind].rt60)),
            wet_db=_round(rng.uniform(*ROOMS[kind].wet_db)),
            noise=self.of([name for name, noise in NOISES.items() if noise.outdoors == BACKDROPS[backdrop].outdoors]),
            noise_db=_round(min(rng.uniform(-62, -42), loudest_noise)),
            seed=int(rng.integers(2**31)),
        )

    def _setting(self, backdrop: str, still_life: str | None) -> Setting:
        rng = self.rng
        count = int(rng.integers(1, 4)) if self.chance(0.3) else 0
        return Setting(
            backdrop=backdrop,
            still_life=still_life,
            hue=_round(rng.uniform(0, 1)),
            light=_round(rng.uniform(0.25, 1)),
            drift=_round(rng.uniform(0, 0.03)) if self.chance(0.7) else 0.0,
            flashes=tuple(sorted(_round(k / 25) for k in rng.choice(190, count, replace=False) + 5)),
            seed=int(rng.integers(2**31)),
        )


def _round(value: float) -> float:
    """Rounds to four decimals, so that a scene reads the same from JSON."""
    return round(float(value), 4)
