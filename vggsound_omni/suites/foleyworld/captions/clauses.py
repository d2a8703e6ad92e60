"""One source in words: as a clause, "a dog barks twice", or as a name, "the barking of a dog"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..classes import CLASSES
from ..classes.words import Words
from ..facts import FACTS
from ..scene import Source
from .choice import Choice, held_out
from .phrases import (
    ADJECTIVES,
    FASTER,
    LOUDER,
    MANY,
    NUMBERS,
    ONCE,
    REGULAR,
    SLOWER,
    SOFTER,
    TIMES,
    TWICE,
    UNEVEN,
    VAGUE,
)

_CLAUSE = re.compile(r"(\+?)(.+?) (\S+)/(\S+)(.*)")
"""Whether it is a plural, who, the verb, its gerund, and the rest."""
_OPPOSED = ({"loud", "gentle"}, {"faint", "strong"})
_NUMBERED, _NOUN = 0.25, 0.45
"""Shares of names with a number, and with a noun; the others have a gerund."""


def clause(
    say: Choice,
    source: Source,
    *,
    most: int = 0,
    count: bool = False,
    progressive: bool = False,
    who_else: str | None = None,
) -> str:
    """Returns a clause with a finite verb.

    Args:
        say: chooses.
        source: of which it speaks.
        most: adverbials, at most.
        count: whether it says how often, where that can be said.
        progressive: "is barking" instead of "barks".
        who_else: what takes the place of "a dog", if it is one of two.
    """
    words = CLASSES[source.sound_class].words
    plural, who, verb, gerund, rest = _drawn(say, source, words, of_thing=who_else is not None)
    if who_else is not None:
        who = who_else + who.partition(words.thing)[2]
    be = "are" if plural else "is"
    if progressive and verb not in ("is", "are"):
        verb, rest = be, f" {gerund}{rest}"
    said = _adverbials(say, source, words, most, f"{who} {verb}{rest}")
    # "someone slowly hammers a nail into wood", but "a dog barks slowly"
    early = next((a for a in said if a.endswith("ly") and " " not in a), None) if len(rest.split()) > 1 else None
    if early and say.chance(0.75):
        said.remove(early)
        before, after = (verb, early) if verb in ("is", "are") else (early, verb)
    else:
        before, after = verb, ""
    text = _spaced(f"{who} {before} {after}{rest} {_listed(said)}")
    again = words.repeats and not (words.several and len(source.events) > 1)
    counted = count and bool(words.acts) and again and not progressive
    if counted:
        comma = "," if len(said) > 1 or (said and say.chance(0.5)) else ""
        text += f"{comma} {_times(say, len(source.events))}"
    return text


def name(
    say: Choice, source: Source, *, most: int = 0, number: bool = False, gerund: bool = True, long: bool = False
) -> tuple[str, bool]:
    """Returns a name of the sound, and whether it is a plural.

    Args:
        say: chooses.
        source: of which it speaks.
        most: adjectives or adverbials, at most.
        number: whether it says how many, where that can be said; otherwise it may.
        gerund: whether it may be one, "a dog barking".
        long: whether a gerund may have adverbials.
    """
    words = CLASSES[source.sound_class].words
    count = len(source.events)
    form = say.rng.random()
    if words.acts and (number or form < _NUMBERED):
        one, several = say(words.acts).split("/")
        rest = " ".join(several.split()[len(one.split()) :])
        single = f"{'a single' if say.chance(0.5) else 'one'} {one} {rest}"
        text = f"{_number(say, count)} {several}" if count > 1 else single
        return _material(say, source, words, " ".join(text.split())), count > 1
    if not gerund or form < _NUMBERED + _NOUN:
        noun = say(words.nouns, lambda option: count > 1 or not option.startswith("+"))
        adjectives = ", ".join(_adjectives(say, source, words, most)) if "*" in noun else ""
        text = " ".join(noun.removeprefix("+").replace("*", adjectives).split())
        return _material(say, source, words, text), noun.startswith("+")
    plural, who, _, verb, rest = _drawn(say, source, words)
    text = f"{who} {verb}{rest}"
    said = _adverbials(say, source, words, most if long else 0, text)
    return _spaced(f"{text} {_listed(said)}"), plural


def _drawn(say: Choice, source: Source, words: Words, *, of_thing: bool = False) -> tuple[bool, str, str, str, str]:
    count = len(source.events)
    options = words.several if words.several and count > 1 and not of_thing else words.clauses
    # What is made of something says of what.
    made = words.materials is not None and say.chance(0.8)
    thing = re.compile(rf"an? (\{{m\}} )?{words.thing} \S+/")
    option = say(options, lambda text: bool(thing.match(text)) if of_thing else not made or "{m}" in text)
    option = _material(say, source, words, option).replace("{n}", _number(say, count))
    found = _CLAUSE.fullmatch(option)
    if found is None:
        raise ValueError(f"{source.sound_class}: {option!r} is no clause.")
    plural, who, verb, gerund, rest = found.groups()
    return bool(plural), who, verb, gerund, rest


def _material(say: Choice, source: Source, words: Words, text: str) -> str:
    if "{m}" not in text or words.materials is None:
        return text
    return text.replace("{m}", say(words.materials[source.style.material].phrases))


def _true(say: Choice, source: Source, words: Words) -> dict[str, Sequence[str]]:
    """What is true of a source and can be said of its class, with its phrasings."""
    phrases: dict[str, Sequence[str]] = {
        "low": words.low,
        "high": words.high,
        "slow": words.slow,
        "quick": words.quick,
        "loud": words.loud,
        "faint": words.faint,
        "strong": words.strong,
        "gentle": words.gentle,
    }
    if words.timed:
        phrases |= {"regular": REGULAR, "uneven": UNEVEN, "faster": FASTER, "slower": SLOWER}
    if words.acts:
        phrases |= {"louder": LOUDER, "softer": SOFTER}
    values = [value for fact in FACTS.values() if (value := fact(source))]
    if {"louder", "softer"} & set(values):
        values = [value for value in values if value not in ("loud", "faint", "strong", "gentle")]
    for opposed in _OPPOSED:
        if opposed <= set(values):
            values.remove(sorted(opposed)[int(say.rng.integers(2))])
    return {value: phrases[value] for value in values if phrases.get(value)}


def _adverbials(say: Choice, source: Source, words: Words, most: int, clause: str) -> list[str]:
    """What is said of how it sounds: no two begin alike, and none begins with a word, or repeats one, of the clause."""
    drawn: list[str] = []
    true = _true(say, source, words) if most else {}
    for value in say.rng.permutation(list(true)):
        if len(drawn) == most:
            break
        taken = _stems(clause) | set(clause.split()) | {text.split()[0] for text in drawn if " " in text}
        fitting = [text for text in true[value] if not taken & (_stems(text) | {text.split()[0]})]
        if any(text not in held_out(true[value]) for text in fitting):
            drawn.append(say(true[value], fitting.__contains__))
    return sorted(drawn, key=lambda text: 2 * _participle(text) + (not text.endswith("ly") or " " in text))


def _spaced(text: str) -> str:
    return " ".join(text.split()).replace(" ,", ",")


def _participle(text: str) -> bool:
    """Whether it is like "slowing down", which stands last and after a comma."""
    return text.split()[0].endswith("ing")


def _stems(text: str) -> set[str]:
    """The first letters of all longer words, by which "rumbling" repeats "rumble"."""
    return {word[:5] for word in re.findall(r"[a-z]{5,}", text)}


def _adjectives(say: Choice, source: Source, words: Words, most: int) -> list[str]:
    true = [value for value in _true(say, source, words) if value in ADJECTIVES]
    if not words.pitched:
        true = [value for value in true if value not in ("low", "high")]
    return [say(ADJECTIVES[str(value)]) for value in say.rng.permutation(true)[: min(most, 2)]]


def _listed(adverbials: Sequence[str]) -> str:
    """Two adverbs are joined by "and", two phrases by a comma."""
    text = ""
    for k, adverbial in enumerate(adverbials):
        if _participle(adverbial):
            text += ", "
        elif k > 0:
            single = " " not in adverbials[k - 1]
            text += " and " if single and " " not in adverbial else " " if single else ", "
        text += adverbial
    return text


def _times(say: Choice, count: int) -> str:
    vague = [text for text, least, most in VAGUE if least <= count <= most]
    if vague and (count > len(NUMBERS) - 1 or say.chance(0.3)):
        return vague[int(say.rng.integers(len(vague)))]
    if count <= 2:
        return say(ONCE if count == 1 else TWICE)
    return say(TIMES).format(n=_number(say, count))


def _number(say: Choice, count: int) -> str:
    if count < len(NUMBERS):
        return NUMBERS[count]
    fitting = [text for text, least in MANY if least <= count]
    return fitting[int(say.rng.integers(len(fitting)))]
