"""FoleyWorld's captions in numbers: are adverbs true, do test captions stand in train, how varied are they.

``python benchmarks/world_captions.py [--train 20000]`` prints three tables. The first sets each kind of adverb against
what was measured of the events, not against the thresholds by which it was chosen.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from rich.progress import track

from vggsound_omni.suites.foleyworld import CLASSES, COUNTS, Scene, scene
from vggsound_omni.suites.foleyworld.captions import KINDS

# What a listener would take a word to mean, in plain regular expressions: independent of the lists that captions use.
WORDS = {
    "slow": r"\b(slowly|slow|unhurriedly|leisurely|long (pauses|intervals|gaps)|without haste)\b",
    "quick": r"\b(quickly|rapidly|rapid|quick|fast|briskly|brisk|short (pauses|intervals|gaps)|lively tempo)\b",
    "loud": r"\b(loudly|loud|high volume|very audibly)\b",
    "faint": r"\b(quietly|softly|faintly|faint|low volume|inaudibly|far away|far off|distance)\b",
    "hard": r"\b(hard|forcefully|violently|vigorously|heavily|powerfully|fiercely|with (great |all )?force)\b",
    "gentle": r"\b(lightly|gently|little force|light (taps|touch|hits|steps|strokes)|delicately|weakly|mildly)\b",
    "low": r"\b(low|low-pitched|deep|big drops|large drops|fat drops|thick drops)\b",
    "high": r"\b(high|high-pitched|bright|shrilly|piercingly|fine drops|small drops|tiny drops)\b",
}
PAIRS = {
    "interval / shortest": ("slow", "quick"),
    "level - class's, dB": ("loud", "faint"),
    "strength": ("hard", "gentle"),
    "pitch": ("high", "low"),
}
NOT_THIS = r"(high|low) (volume)|fast asleep|low tones of"
FUNCTION = re.compile(
    "a|an|the|and|then|while|as|of|in|on|into|with|to|from|at|by|is|are|there|no|not|heard|can|be|you|one|after|before|"
    "first|later|meanwhile|off|out|screen|frame|view|sight|plays|music|background|it|its|[.,;]"
)


def _single(scenes: Iterable[Scene]) -> list[Scene]:
    """Scenes in which every word is about one source."""
    return [found for found in scenes if len(found.heard) == 1 and found.music is None]


def adverbs(scenes: Sequence[Scene]) -> list[tuple[str, str, float, float, int]]:
    """Returns per pair of words the means of what they are about, relative to the class, and how many say the first."""
    measured: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for found in _single(scenes):
        (source,) = found.heard
        c = CLASSES[source.sound_class]
        gaps = [b.onset - a.onset for a, b in pairwise(source.events)]
        facts = {
            "interval / shortest": np.mean(gaps) / c.timing.gap[0] if gaps else None,
            "level - class's, dB": source.gain_db - c.level_db,
            "strength": np.mean([event.strength for event in source.events]),
            "pitch": source.style.pitch,
        }
        for kind in KINDS:
            text = re.sub(NOT_THIS, "_", getattr(found.captions, kind).lower())
            plain = re.sub(r"(high|low) volume", "_", text)
            for what, value in facts.items():
                for word in PAIRS[what]:
                    said = re.search(WORDS[word], text if word in ("loud", "faint") else plain)
                    if said and value is not None:
                        measured[what][word].append(float(value))
    rows = []
    for what, (one, other) in PAIRS.items():
        values = measured[what]
        means = (float(np.mean(values[one])), float(np.mean(values[other])))
        rows.append((what, f"{one} / {other}", *means, len(values[one])))
    return rows


def leaks(test: Sequence[Scene], train: Iterable[Scene]) -> dict[str, int]:
    """Returns by kind how many test captions stand word for word among train's, of whatever kind."""
    seen = {getattr(found.captions, kind) for found in train for kind in KINDS}
    return {kind: sum(getattr(found.captions, kind) in seen for found in test) for kind in KINDS}


def variety(texts: Sequence[str]) -> dict[str, float]:
    """Returns counts of words and skeletons, distinct-2, how far zlib packs them, and the share of doubles."""
    split = [re.findall(r"[a-z'-]+", text.lower()) for text in texts]
    pairs = [pair for words in split for pair in pairwise(words)]
    packed = "\n".join(texts).encode()
    skeletons = Counter(skeleton(text) for text in texts)
    return {
        "captions": len(texts),
        "words": len({word for words in split for word in words}),
        "skeletons": len(skeletons),
        "commonest two skeletons": sum(count for _, count in skeletons.most_common(2)) / len(texts),
        "distinct-2": len(set(pairs)) / len(pairs),
        "zlib": len(zlib.compress(packed, 9)) / len(packed),
        "doubles": 1 - len(set(texts)) / len(texts),
    }


def skeleton(text: str) -> str:
    """Returns a caption with all but its function words and marks left out."""
    tokens = re.findall(r"[a-z'-]+|[.,;]", text.lower())
    kept = (token if FUNCTION.fullmatch(token) else "_" for token in tokens)
    return re.sub(r"_( _)+", "_", " ".join(kept))


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=int, default=20_000, help="scenes of train's main stratum to compare with")
    count = parser.parse_args().train
    test = [scene("test", stratum, i) for stratum, n in COUNTS["test"].items() for i in range(n)]
    sizes = {"main": count, "natural": count // 8, "conflict": count // 8, "bgm": count // 8}
    keys = [(stratum, i) for stratum, n in sizes.items() for i in range(n)]
    train = [scene("train", *key) for key in track(keys, "Drawing train scenes")]
    print("what                    words             the one  the other  captions")
    for what, words, one, other, n in adverbs([*test, *train[: min(len(train), 6000)]]):
        print(f"{what:23s} {words:16s} {one:8.2f} {other:10.2f} {n:9d}")
    print(
        f"\ntest captions that stand among those of {len(train)} train scenes: {leaks(test, train)} of {len(test)} each"
    )
    for name, scenes in (("test", test), ("train", train[: len(test)])):
        for kind in ("dense", "brief"):
            found = variety([getattr(one.captions, kind) for one in scenes])
            print(f"{name:6s}{kind:6s}", "  ".join(f"{key} {value:.3g}" for key, value in found.items()))


if __name__ == "__main__":
    main()
