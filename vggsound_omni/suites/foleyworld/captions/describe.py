"""A whole scene in words: five captions, each with its own choice of facts, phrasings and order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..classes import CLASSES
from ..facts import after, begins, behind, ends, throughout, together
from ..music import STYLES
from ..pictures import STILL_LIFES
from ..places import PLACES
from ..scene import DURATION, Captions, Music, Scene, Source
from . import phrases
from .choice import Choice
from .clauses import clause, name

KINDS = ("dense", "paraphrase", "plain", "brief", "timed")
"""The five captions: all facts; the same ones said otherwise; who does what; without a verb; when and how often."""
_TRIES = 60
_FULL_MUSIC_DB, _FAINT_MUSIC_DB = -3.0, -10.0
"""Level of music, relative to the rest, from which it is loud, and up to which it is faint."""
_LATER = 1.5
"""Seconds by which a sound begins later than another that it accompanies."""


def describe(scene: Scene, rng: np.random.Generator, *, novel: bool) -> Captions:
    """Writes the captions of a scene.

    Args:
        scene: whose captions do not count.
        rng: chooses between phrasings.
        novel: whether every caption has a phrasing that is held out from the others.
    """
    written: dict[str, str] = {}
    for kind in KINDS:
        for _ in range(_TRIES):
            say = Choice(rng, novel=novel)
            text = _finished(_WRITERS[kind](say, scene))
            if text not in written.values() and (say.fresh or not novel):
                break
        written[kind] = text
    return Captions(**written, label=", ".join(scene.labels))


def _dense(say: Choice, scene: Scene) -> list[str]:
    return _full(
        say, scene, lambda sources: _group(say, sources, most=1 + (len(sources) == 1 and say.chance(0.5)), count=0.7)
    )


def _paraphrase(say: Choice, scene: Scene) -> list[str]:
    sentences = _full(say, scene, lambda sources: _group(say, sources, most=1, count=0.6, named=0.7))
    # Another order, where no sentence leans on the one before.
    return sentences[::-1] if len(sentences) > 1 and say.chance(0.5) else sentences


def _full(say: Choice, scene: Scene, group: Callable[[Sequence[Source]], str]) -> list[str]:
    """Sentences on what is seen, on what is not, on music, and now and then on what is not there."""
    told = scene.stratum in ("main", "bgm") or scene.cell.endswith("-said")
    seen = [s for s in _heard(scene) if s.on_screen or not told]
    unseen = [s for s in _heard(scene) if not s.on_screen and told]
    sentences: list[str] = []
    if seen:
        text = _one_of_two(say, scene, seen[0]) if scene.cell == "alike" else group(seen)
        placed = scene.stratum in ("main", "bgm") and say.chance(0.6)
        sentences.append(_placed(say, scene, text) if placed else text)
    if unseen:
        sentences.append(_unseen(say, group(unseen)))
    spoken = len(sentences)
    if scene.stratum == "natural" and told:
        sentences = _with_motif(say, scene, sentences)
    if scene.music is not None:
        sentences.append(_music(say, scene.music))
    elif told and len(sentences) == spoken and say.chance(0.18):
        sentences.append(_denial(say, scene))
    return sentences


def _plain(say: Choice, scene: Scene) -> list[str]:
    text = _group(say, _heard(scene), most=0, count=0.25, named=0.0)
    return [text, _music(say, scene.music)] if scene.music and say.chance(0.5) else [text]


def _brief(say: Choice, scene: Scene) -> list[str]:
    heard = _heard(scene)
    texts = [name(say, source, most=1, long=len(heard) == 1)[0] for source in heard]
    if scene.music and say.chance(0.7):
        texts.append(say(STYLES[scene.music.style].phrases))
    if len(heard) > 1 and after(heard[0], heard[1]):
        return [f"{texts[0]} followed by {' and '.join(texts[1:])}"]
    return [_enumerated(texts)]


def _timed(say: Choice, scene: Scene) -> list[str]:
    heard = _heard(scene)
    if len(heard) > 1:
        return [_group(say, heard, most=1, count=1.0, named=0.2)]
    (source,) = heard
    text = clause(say, source, most=1, count=True)
    when = (
        phrases.ALWAYS
        if throughout(source)
        else phrases.EARLY
        if ends(source) <= 0.5 * DURATION
        else phrases.LATE
        if begins(source) >= 0.5 * DURATION
        else None
    )
    if when is not None:
        place = say(when)
        return [f"{place}, {text}" if say.chance(0.5) else f"{text} {place}"]
    if begins(source) >= 2.0:
        return [say(phrases.WAITED).format(c=text)]
    return [text]


_WRITERS: dict[str, Callable[[Choice, Scene], list[str]]] = {
    "dense": _dense,
    "paraphrase": _paraphrase,
    "plain": _plain,
    "brief": _brief,
    "timed": _timed,
}


def _heard(scene: Scene) -> list[Source]:
    return sorted(scene.heard, key=begins)


def _group(say: Choice, sources: Sequence[Source], *, most: int, count: float, named: float = 0.25) -> str:
    """Says what some sources do, and how they lie in time. ``count`` and ``named`` are shares."""

    def said(source: Source, *, briefly: bool = False) -> str:
        often = say.chance(count) and not briefly
        return clause(say, source, most=0 if briefly else most, count=often, progressive=say.chance(0.12))

    if len(sources) == 1:
        uncounted = not CLASSES[sources[0].sound_class].words.repeats
        if say.chance(max(named, 0.5 * count) if uncounted else named):
            text, plural = name(say, sources[0], most=most, number=uncounted and say.chance(count))
            return say(phrases.HEARD).format(N=text, **{"is": "are" if plural else "is"})
        return said(sources[0])
    first, second, *others = sources
    pattern = say(_relation(say, first, second))
    # What leads a sentence, or has something behind it, is short.
    short = pattern.split()[0] in ("while", "as", "before", "after") or pattern.endswith(("too", "well", "background"))
    noun = pattern.startswith(("after", "besides")) or pattern.endswith("after {A}")
    text = pattern.format_map(
        {
            "a": said(first) if "{a}" in pattern else "",
            "b": said(second, briefly=short) if "{b}" in pattern else "",
            "A": name(say, first, most=most, gerund=not noun)[0] if "{A}" in pattern else "",
            "B": name(say, second, most=most)[0] if "{B}" in pattern else "",
        }
    )
    for other in others:
        text += f". {'Then' if after(second, other) and after(first, other) else 'Besides,'} {said(other)}"
    return text


def _relation(say: Choice, first: Source, second: Source) -> Sequence[str]:
    """Templates that are true of two sources, in order of their beginnings."""
    if after(first, second):
        late = begins(second) >= 0.7 * DURATION
        return phrases.ENDING if late and say.chance(0.6) else phrases.THEN
    if behind(second, first) and say.chance(0.5):
        return phrases.BEHIND
    if begins(second) - begins(first) >= _LATER and say.chance(0.4):
        return phrases.SOON
    return phrases.WHILE if together((first, second)) else phrases.AND


def _one_of_two(say: Choice, scene: Scene, source: Source) -> str:
    """Says that one of two alike sounds, and which."""
    words = CLASSES[source.sound_class].words
    (other,) = (s for s in scene.sources if s is not source and s.on_screen)
    who = say(phrases.ONE_OF_TWO).format(
        thing=words.thing, things=words.things, side="left" if source.x < other.x else "right"
    )
    text = clause(say, source, most=1, count=say.chance(0.5), who_else=who)
    return say(phrases.THE_OTHER).format(c=text) if say.chance(0.3) else text


def _placed(say: Choice, scene: Scene, text: str) -> str:
    place = say(PLACES[scene.setting.backdrop].phrases)
    if "; " in text or ". " in text or "," in text or say.chance(0.4):
        return f"{place}, {text}"
    return f"{text} {place}"


def _unseen(say: Choice, text: str) -> str:
    return say(phrases.OFF_SCREEN, lambda option: option.endswith("{c}") or not set(",;.") & set(text)).format(c=text)


def _with_motif(say: Choice, scene: Scene, sentences: Sequence[str]) -> list[str]:
    """Adds what is seen and makes no sound."""
    motif = scene.setting.still_life
    if motif is not None:
        seen = say(STILL_LIFES[motif].phrases)
        if say.chance(0.5) and "while " not in sentences[0].lower():
            return [f"{sentences[0]} while {seen}", *sentences[1:]]
        return [seen, *sentences] if say.chance(0.7) else list(sentences)
    (silent,) = (source for source in scene.sources if source.on_screen)
    thing = CLASSES[silent.sound_class].words.thing
    if thing and say.chance(0.4):
        return [*sentences, say(phrases.SILENT_VIEW).format(it=f"the {thing}")]
    return list(sentences)


def _music(say: Choice, music: Music) -> str:
    options = (
        phrases.FULL_MUSIC
        if music.gain_db >= _FULL_MUSIC_DB
        else phrases.FAINT_MUSIC
        if music.gain_db <= _FAINT_MUSIC_DB
        else phrases.MUSIC
    )
    return say(options).format(M=say(STYLES[music.style].phrases))


def _denial(say: Choice, scene: Scene) -> str:
    """Says what is not heard; of a scene without music, in which no one ever speaks."""
    silent = scene.forbidden
    if not silent and say.chance(0.55):
        options = [phrases.NO_MUSIC, phrases.NO_SPEECH]
        if len(scene.heard) == 1:
            options.append(phrases.NOTHING_ELSE)
        return say(options[int(say.rng.integers(len(options)))])
    denied = CLASSES[absent(say.rng, scene) if not silent else silent[0]]
    bare = denied.words.bare
    return say(phrases.NOT_HEARD).format(x=bare.removeprefix("+"), **{"is": "are" if bare.startswith("+") else "is"})


def absent(rng: np.random.Generator, scene: Scene) -> str:
    """Draws a class that is not heard, of another family than what is."""
    families = {CLASSES[label].family for label in scene.labels}
    others = [c.name for c in CLASSES.values() if c.family not in families]
    return others[int(rng.integers(len(others)))]


def _enumerated(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _finished(sentences: Sequence[str]) -> str:
    return " ".join(sentence[0].upper() + sentence[1:] + "." for sentence in sentences)
