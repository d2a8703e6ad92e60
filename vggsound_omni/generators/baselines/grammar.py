"""Grammar: reads the caption with FoleyWorld's own dictionary and plays the world's synthesis, without looking.

It shows what language alone can do. A system that is no better has learnt words, and nothing from pictures.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.foleyworld import CLASSES, SAMPLE_RATE, render_audio
from vggsound_omni.suites.foleyworld.captions import phrases
from vggsound_omni.suites.foleyworld.classes import SoundClass
from vggsound_omni.suites.foleyworld.music import STYLES
from vggsound_omni.suites.foleyworld.pictures import STILL_LIFES
from vggsound_omni.suites.foleyworld.places import PLACES
from vggsound_omni.suites.foleyworld.program import solo
from vggsound_omni.suites.foleyworld.scene import DURATION, Event, Music, Scene, Source, Style

from .lengths import cut_or_loop, sample_count

_TOKEN = re.compile(r"[a-z]+")
_PART = re.compile(r"[.;,]| while | and | then | before | after | followed by | with | as ")
_DENIED = re.compile(r"\b(no|not|nobody|silent|without a sound|neither)\b")
_EVIDENCE = 3.0
"""Weight of words from which a class is taken to be spoken of."""
_MOST = 3
"""Sources of a scene."""
_FIRST, _LAST = 0.3, DURATION - 0.7
"""Seconds between which acts lie."""
_USUAL = 5
"""Acts of a class, where the text gives no number."""
_MUSIC_DB = -6.0
_WORDS = {word: number for number, word in enumerate(phrases.NUMBERS)} | {"once": 1, "single": 1, "twice": 2}


class Grammar:
    """Plays what the caption says, from FoleyWorld's classes; ignores the video. The seed changes nothing."""

    card = ModelCard(name="grammar", tasks=("t2a", "vt2a"), parameters=0, licence="Apache-2.0")

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns synthetic sound, mono 16 kHz."""
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        if request.text is None:
            raise ConformanceError("tasks", f"grammar reads a text, and {request.task} gives none")
        samples = render_audio(understood(request.text))[None]
        return Audio(samples=cut_or_loop(samples, sample_count(request.duration, SAMPLE_RATE)), sample_rate=SAMPLE_RATE)


def understood(text: str) -> Scene:
    """Returns the scene that a caption describes: every class that it names, as often, as high, as fast as it says."""
    told = ". ".join(sentence for sentence in text.lower().split(". ") if _music(sentence) is None)
    parts = [part for part in _PART.split(told) if not _DENIED.search(part)]
    named = spoken_of(" . ".join(parts))
    ordered = re.search(r"\b(then|before|after|followed|later|finally|end)\b", text.lower()) is not None
    windows = _windows(len(named), apart=ordered and len(named) == 2)
    sources = [_source(CLASSES[name], _about(name, parts), window) for name, window in zip(named, windows, strict=True)]
    model = solo(named[0] if named else next(iter(CLASSES)), 0)
    return replace(model, sources=tuple(sources), music=_music(text.lower()))


def spoken_of(text: str) -> list[str]:
    """Returns the classes that a text names, in the order in which it does so."""
    bare = _elsewhere().sub(" ", text)
    words = set(_TOKEN.findall(bare))
    weights, lexicon = _weights(), _lexicon()
    found: list[str] = []
    while len(found) < _MOST:
        scores = {name: sum(weights[word] for word in words & lexicon[name]) for name in CLASSES if name not in found}
        best = max(scores, key=scores.__getitem__)
        if scores[best] < _EVIDENCE:
            break
        found.append(best)
        words -= lexicon[best]
    return sorted(found, key=lambda name: min(text.find(word) for word in lexicon[name] if word in text))


@cache
def _elsewhere() -> re.Pattern[str]:
    """What is said of music, places, still lifes, materials and manner, none of which names a class."""
    said = {phrase for style in STYLES.values() for phrase in style.phrases}
    said |= {phrase for place in PLACES.values() for phrase in place.phrases}
    said |= {phrase for motif in STILL_LIFES.values() for phrase in motif.phrases}
    for c in CLASSES.values():
        words = c.words
        said |= {phrase for material in words.materials or () for phrase in material.phrases}
        said |= {*words.low, *words.high, *words.slow, *words.quick, *words.loud, *words.faint}
        said |= {*words.strong, *words.gentle}
    longest = sorted(map(re.escape, said), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(longest)})\b", re.IGNORECASE)


@cache
def _common() -> frozenset[str]:
    """Words that join a sentence together, whatever it is about."""
    lists = (value for name, value in vars(phrases).items() if name.isupper() and isinstance(value, tuple))
    texts = (text for one in lists for text in one if isinstance(text, str))
    return frozenset(word for text in texts for word in _TOKEN.findall(text.lower())) | {
        "of",
        "on",
        "into",
        "lets",
        "from",
    }


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    """The words by which each class is named."""
    return {
        name: frozenset(
            word
            for phrase in (
                *(c.words.bare, c.words.thing, c.words.things),
                *(*c.words.clauses, *c.words.several, *c.words.nouns, *c.words.acts),
            )
            for word in _TOKEN.findall(phrase.replace("{m}", "").replace("{n}", ""))
            if word not in _common()
        )
        for name, c in CLASSES.items()
    }


@cache
def _weights() -> Counter[str]:
    """How much a word tells: the logarithm of how few classes use it."""
    used = Counter(word for words in _lexicon().values() for word in words)
    return Counter({word: math.log(len(CLASSES) / count) for word, count in used.items()})


def _about(name: str, parts: Sequence[str]) -> str:
    """The part of a text that tells most of a class."""
    lexicon, weights = _lexicon()[name], _weights()
    return max(parts, key=lambda part: sum(weights[word] for word in set(_TOKEN.findall(part)) & lexicon))


def _says(text: str, said: Iterable[str]) -> bool:
    return any(phrase in text for phrase in said)


def _source(c: SoundClass, text: str, window: tuple[float, float]) -> Source:
    usual = solo(c.name, 0).sources[0]
    words = c.words
    low, high = (_says(text, (*said, word)) for said, word in ((words.low, "low-"), (words.high, "high-")))
    pitch = 0.7 * (high - low)
    materials = [k for k, kind in enumerate(words.materials or ()) if _says(text, kind.phrases)]
    style = Style(pitch=pitch, material=materials[0] if materials else 0, brightness=0.5, hue=usual.style.hue)
    level = 3.0 if _says(text, (*words.loud, "loud")) else -3.0 if _says(text, (*words.faint, "faint")) else 0.0
    return replace(usual, style=style, events=_events(c, text, window), gain_db=c.level_db + level)


def _events(c: SoundClass, text: str, window: tuple[float, float]) -> tuple[Event, ...]:
    start, stop = window
    if c.lasting:
        start, stop = (0.04, DURATION) if window == (_FIRST, _LAST) else window
        return (Event(onset=start, duration=round(stop - start, 4), strength=0.65, variation=0.5),)
    shortest, longest = c.timing.gap
    gap = math.sqrt(shortest * longest)
    gap = shortest if _says(text, (*c.words.quick, "rapid", "quick")) else gap
    gap = longest if _says(text, (*c.words.slow, "slow")) else gap
    said = number_said(text)
    count = min(max(_USUAL, c.timing.count[0]), c.timing.count[1]) if said is None else said
    gap = min(gap, (stop - start) / max(count, 1))
    length = round(min(c.timing.length[1], gap), 4)
    variations = np.random.default_rng(count).uniform(0, 1, count).round(4).tolist()
    return tuple(
        Event(onset=round(start + k * gap, 2), duration=length, strength=0.65, variation=variation)
        for k, variation in enumerate(variations)
    )


def number_said(text: str) -> int | None:
    """Returns the first number of a text, 2 for "twice"; None if it has none."""
    return next((_WORDS[word] for word in _TOKEN.findall(text.lower()) if word in _WORDS), None)


def _windows(count: int, *, apart: bool) -> list[tuple[float, float]]:
    half = DURATION / 2
    return [(_FIRST, half - 0.4), (half, _LAST)] if apart else [(_FIRST, _LAST)] * count


def _music(text: str) -> Music | None:
    for style in STYLES.values():
        if _says(text, (phrase.lower() for phrase in style.phrases)):
            return Music(style=style.name, gain_db=_MUSIC_DB, tempo=sum(style.tempo) / 2, seed=0)
    return None
