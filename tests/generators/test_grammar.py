"""The baseline that reads with the world's own dictionary."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.generators.baselines.grammar import Grammar, understood
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.suites.foleyworld import scene

from .samples import request


@pytest.mark.parametrize("kind", ["dense", "plain"])
def test_it_finds_the_sources_of_nearly_every_caption(kind: str) -> None:
    scenes = [scene("validation", stratum, k) for stratum in ("main", "natural", "bgm") for k in range(32)]
    right = [understood(getattr(one.captions, kind)).labels == one.labels for one in scenes]
    assert np.mean(right) > 0.9


@pytest.mark.parametrize(
    ("text", "labels", "counts"),
    [
        ("A dog barks three times.", ["dog barking"], [3]),
        ("First a door slams twice, then an owl hoots once.", ["door slamming", "owl hooting"], [2, 1]),
        ("A clock ticks. No barking is heard.", ["clock ticking"], [None]),
        ("Someone walks on gravel. Slow piano music is playing.", ["footsteps"], [None]),
    ],
)
def test_names_numbers_and_denials_are_understood(text: str, labels: list[str], counts: list[int | None]) -> None:
    found = {source.sound_class: len(source.events) for source in understood(text).sources}
    assert sorted(found) == labels
    assert all(count is None or found[name] == count for name, count in zip(labels, counts, strict=True))
    assert (understood(text).music is not None) == ("music" in text)


def test_what_follows_sounds_later() -> None:
    first, second = understood("First a door slams twice, then an owl hoots once.").sources
    assert first.sound_class == "door slamming"
    assert max(event.onset for event in first.events) < min(event.onset for event in second.events)


def test_it_answers_with_sound_and_needs_a_text() -> None:
    (sound,) = Grammar().generate([request(text="A dog barks four times.", duration=3.0)])
    assert sound.samples.shape == (1, 48_000)
    assert np.abs(sound.samples).max() > 0.01
    with pytest.raises(ConformanceError, match="text"):
        Grammar().generate([request(task="v2a", text=None)])
