"""Captions: every word is true, and no test caption stands in train."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import chain, pairwise

import numpy as np
import pytest

from tests.suites.over import over
from vggsound_omni.suites.foleyworld import CLASSES, COUNTS, scene
from vggsound_omni.suites.foleyworld.captions import KINDS, phrases
from vggsound_omni.suites.foleyworld.captions.choice import held_out
from vggsound_omni.suites.foleyworld.scene import Scene

NUMBERS = {word: number for number, word in enumerate(phrases.NUMBERS) if number > 1}
# What a listener takes a word to mean; the captions' own lists have no part in it.
SLOW = r"slowly|slow|unhurriedly|leisurely|without haste|long (pauses|intervals|gaps)"
QUICK = r"quickly|rapid|rapidly|briskly|brisk|fast|quick|short (pauses|intervals|gaps)"
LOUD = r"loudly|loud|(at|with) high volume|very audibly"
FAINT = r"quietly|faintly|faint|at (a )?low volume|in a hushed way|as if from far away|far off"
HARD = r"forcefully|violently|vigorously|powerfully|fiercely|hard (blows|taps|bounces|steps)|great force"
GENTLE = r"gently|lightly|delicately|little force|light (taps|touch|hits|steps|strokes)|weakly"
LOW = r"low-pitched|deep|at a low pitch|in a low voice|on the low strings"
HIGH = r"high-pitched|shrilly|at a high pitch|in a high voice|on the high strings"


@cache
def scenes(split: str, count: int = 400) -> list[Scene]:
    sizes = {"main": count, "natural": count // 4, "conflict": count // 4, "bgm": count // 8}
    return [scene(split, stratum, i) for stratum, n in sizes.items() for i in range(n)]


@cache
def of_test() -> list[Scene]:
    return [scene("test", stratum, i) for stratum, n in COUNTS["test"].items() for i in range(n)]


def texts(found: Scene) -> list[str]:
    return [getattr(found.captions, kind) for kind in KINDS]


def of_one_source(split: str) -> Iterator[tuple[Scene, str]]:
    """Captions in which every word is about the same source."""
    for found in scenes(split):
        if len(found.heard) == 1 and found.music is None:
            for text in texts(found):
                yield found, text.lower()


def measured(found: Scene, what: str) -> float | None:
    (source,) = found.heard
    c = CLASSES[source.sound_class]
    gaps = [b.onset - a.onset for a, b in pairwise(source.events)]
    low, high = c.timing.gap
    return {
        "rate": np.log(np.mean(gaps) / low) / np.log(high / low) if len(gaps) > 1 else None,
        "level": source.gain_db - c.level_db,
        "strength": float(np.mean([event.strength for event in source.events])),
        "pitch": source.style.pitch,
    }[what]


@over(
    ("what", "below", "above", "between"),
    [
        ("rate", QUICK, SLOW, 0.5),
        ("level", FAINT, LOUD, 0.0),
        ("strength", GENTLE, HARD, 0.65),
        ("pitch", LOW, HIGH, 0.0),
    ],
)
def test_adverbs_are_true_of_every_scene_that_has_them(what: str, below: str, above: str, between: float) -> None:
    said: dict[bool, list[float]] = {False: [], True: []}
    for found, caption in chain(of_one_source("train"), of_one_source("test")):
        text = re.sub(r"high volume|low volume|firmly", " ", caption) if what == "pitch" else caption
        value = measured(found, what)
        for side, words in ((False, below), (True, above)):
            if re.search(rf"\b({words})\b", text) and value is not None:
                said[side].append(value)
                assert (value > between) == side, (caption, value)
    assert min(len(values) for values in said.values()) >= 15


def test_slow_is_slower_than_quick_in_every_class_that_says_so() -> None:
    seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for found, text in of_one_source("train"):
        (source,) = found.heard
        if len(source.events) > 2:
            gap = float(np.mean([b.onset - a.onset for a, b in pairwise(source.events)]))
            for word, pattern in (("slow", SLOW), ("quick", QUICK)):
                if re.search(rf"\b({pattern})\b", text):
                    seconds[source.sound_class][word].append(gap)
    both = {name: said for name, said in seconds.items() if len(said) == 2}
    assert len(both) >= 8
    for name, said in both.items():
        assert np.mean(said["slow"]) > 1.2 * np.mean(said["quick"]), name


def test_counts_are_those_of_the_events() -> None:
    said = Counter[int]()
    for split in ("train", "test"):
        for found, text in of_one_source(split):
            (source,) = found.heard
            count = len(source.events)
            for match in re.finditer(r"\b(\w+) times\b", text):
                if match[1] in NUMBERS:
                    assert NUMBERS[match[1]] == count, text
                    said[count] += 1
            first = text.split()[0]
            if first in NUMBERS:
                assert NUMBERS[first] == count, text
                said[count] += 1
            assert count == 2 or not re.search(r"\btwice\b", text)
            assert count == 1 or not re.search(r"\b(once|a single)\b", text)
            assert count > 12 or "dozen" not in text
            assert count > 20 or "more than twenty" not in text
            assert count >= 6 or "again and again" not in text
            assert count >= 5 or "repeatedly" not in text
    assert sum(n for count, n in said.items() if count > 6) >= 100
    assert max(said) == 12


def test_then_means_that_the_first_has_ended() -> None:
    told = 0
    for found in scenes("train"):
        if len(found.heard) != 2 or found.music is not None or any(not source.on_screen for source in found.heard):
            continue
        first, second = sorted(found.heard, key=lambda source: source.events[0].onset)
        after = second.events[0].onset >= first.events[-1].end
        for text in texts(found):
            if re.search(r", then | followed by |; after that| before |^After |at first | and finally ", text):
                told += 1
                assert after, text
            if re.search(r" while | at the same time| together", text):
                assert not after, text
    assert told >= 40


def test_only_those_captions_say_off_screen_that_should() -> None:
    def cued(text: str) -> bool:
        return any(cue in text.lower() for cue in phrases.CUES)

    for found in scenes("train") + of_test():
        captions = found.captions
        hidden = any(not source.on_screen for source in found.heard)
        if found.stratum in ("main", "bgm"):
            assert cued(captions.dense) == hidden, captions.dense
            assert cued(captions.paraphrase) == hidden
        elif found.cell.endswith("-said"):
            assert cued(captions.dense), captions.dense
        else:
            assert not any(map(cued, texts(found))), captions
        assert not cued(captions.plain)
        assert not cued(captions.brief)


def test_conflict_captions_name_the_sound_and_nothing_of_the_picture() -> None:
    for found in of_test():
        if found.stratum == "conflict":
            shown = CLASSES[found.forbidden[0]].words
            assert (
                not shown.thing
                or not re.search(rf"\b{shown.thing}\b", found.captions.dense.lower())
                or any(shown.thing in clause for clause in CLASSES[found.labels[0]].words.clauses)
            ), found.captions.dense


def test_what_is_denied_is_not_there() -> None:
    denied = 0
    for found in scenes("train") + of_test():
        for text in (found.captions.dense, found.captions.paraphrase):
            lower = text.lower()
            if re.search(r"\bno music\b|\bmusic is (absent|not)", lower):
                denied += 1
                assert found.music is None
            if re.search(r"nothing else|no other sound|all else is silent", lower):
                denied += 1
                assert found.music is None
                assert len(found.heard) == 1
            for name in found.labels:
                bare = CLASSES[name].words.bare.removeprefix("+")
                assert not re.search(rf"\bno {bare}\b|\b{bare} (is|are) not heard|do not hear any {bare}\b", lower), (
                    text
                )
    assert denied >= 30


@over("split", ["train", "test"])
def test_five_captions_and_a_label_read_as_sentences(split: str) -> None:
    for found in scenes(split, 200):
        written = texts(found)
        assert len(set(written)) >= 4
        for text in written:
            assert re.fullmatch(r"[A-Z][A-Za-z',;. -]+\.", text), text
            assert not re.search(r"  | [,.;]|[,;.][,;.]|\bis are\b|\ba [aeio]|\ban [^aeiouh]", text.lower()), text
        assert found.captions.label == ", ".join(found.labels)


def test_every_test_caption_has_a_phrasing_that_train_never_uses() -> None:
    for name in ("REGULAR", "THEN", "WHILE", "OFF_SCREEN", "HEARD", "LOUDER"):
        plain = [text for text in held_out(getattr(phrases, name)) if "{" not in text]
        assert not any(text in caption for text in plain for found in scenes("train") for caption in texts(found))
    for c in CLASSES.values():
        held = [clause.split("/")[0].removeprefix("+") for clause in held_out(c.words.clauses)]
        held = [text for text in held if "{" not in text and not any(text in one for one in _known(c.words.clauses))]
        assert not any(
            re.search(rf"\b{re.escape(text)}\b", caption.lower())
            for text in held
            for found in scenes("train")
            if c.name in found.labels
            for caption in texts(found)
        ), c.name


def test_what_is_held_out_are_phrasings_and_not_words() -> None:
    known = {
        word for found in scenes("train", 600) for text in texts(found) for word in re.findall("[a-z]+", text.lower())
    }
    new = [found for found in of_test() if set(re.findall("[a-z]+", found.captions.dense.lower())) - known]
    assert len(new) <= 0.06 * len(of_test())  # rare words of train are missing in these few


def _known(clauses: tuple[str, ...]) -> tuple[str, ...]:
    return clauses[: len(clauses) - len(held_out(clauses))]


def leaking(train: Iterator[Scene]) -> list[str]:
    known = {text for found in train for text in texts(found)}
    return [text for found in of_test() for text in texts(found) if text in known]


def test_no_test_caption_stands_in_the_first_thousand_train_scenes() -> None:
    assert not leaking(iter(scenes("train", 600)))


@pytest.mark.soak
def test_no_test_caption_stands_in_the_first_twenty_thousand_train_scenes() -> None:
    sizes = {"main": 20_000, "natural": 3_000, "conflict": 3_000, "bgm": 3_000}
    assert not leaking(scene("train", stratum, i) for stratum, n in sizes.items() for i in range(n))


def test_each_class_is_told_in_many_ways_and_no_word_gives_it_away_alone() -> None:
    ways: dict[str, set[str]] = defaultdict(set)
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for found, text in of_one_source("train"):
        (name,) = found.labels
        ways[name].add(text)
        words[name].update(set(re.findall(r"[a-z]{4,}", text)))
    total = Counter(found.labels[0] for found, _ in of_one_source("train"))
    for name, c in CLASSES.items():
        assert len(_known(c.words.clauses)) >= 8, name
        if total[name] >= 15:
            assert len(ways[name]) >= 0.7 * total[name], name
            assert words[name].most_common(1)[0][1] < total[name], name


@over("name", list(CLASSES))
def test_the_words_of_a_class_do_not_contradict_each_other(name: str) -> None:
    words = CLASSES[name].words
    for one, other in (("low", "high"), ("slow", "quick"), ("loud", "faint"), ("strong", "gentle")):
        assert not set(getattr(words, one)) & set(getattr(words, other))
    for options in (words.clauses, words.several):
        assert all(re.fullmatch(r"\+?[a-z{}' ]+ \w[\w-]*/\w[\w-]*[a-z{}' ,-]*", clause) for clause in options), options
    if words.things:
        alike = [clause for clause in _known(words.clauses) if re.match(rf"an? (\{{m\}} )?{words.thing} \S+/", clause)]
        assert alike
