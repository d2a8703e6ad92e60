"""What the nano's encoders are asked of scenes, and what its captions get wrong on purpose."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from reference_model.conditioning import captions
from reference_model.conditioning.truth import KINDS, NUMBERS, facts, moments
from reference_model.rates import LATENT_RATE
from vggsound_omni.suites.foleyworld import CLASSES, Scene, scene
from vggsound_omni.suites.foleyworld.composition import allowed, is_held


def first(stratum: str, cell: str) -> Scene:
    """The first scene of train in a cell."""
    return next(one for index in range(100) if (one := scene("train", stratum, index)).cell == cell)


def seen_of(one: Scene) -> list[str]:
    return [KINDS[k] for k in facts([one], seen=True)["there"][0].nonzero().flatten().tolist()]


def heard_of(one: Scene) -> list[str]:
    return [KINDS[k] for k in facts([one], seen=False)["there"][0].nonzero().flatten().tolist()]


def test_of_two_alike_things_the_one_that_acts_is_described() -> None:
    one = first("main", "alike")
    acting, resting = sorted(one.sources, key=lambda source: not source.events)
    for sources in ((acting, resting), (resting, acting)):
        found = facts([replace(one, sources=sources)], seen=True)
        at = KINDS.index(acting.sound_class)
        assert found["acts"][0, at] == 1
        assert found["numbers"][0, at, NUMBERS.index("pitch")] == pytest.approx(acting.style.pitch)


def test_a_conflicting_picture_is_what_it_shows_and_its_sound_what_it_is() -> None:
    one = first("conflict", "random")
    (source,) = one.sources
    assert seen_of(one) == [source.shown_as]
    assert heard_of(one) == [source.sound_class]
    activity, onsets = moments([one])
    assert onsets[0].sum(0).nonzero().flatten().tolist() == [KINDS.index(source.shown_as or "")]
    for event in source.events:
        assert onsets[0, round(event.onset * LATENT_RATE)].max() == pytest.approx(event.strength)
        assert activity[0, round(event.onset * LATENT_RATE)].max() > 0


def test_what_acts_without_a_sound_is_seen_acting_and_not_heard() -> None:
    acting, resting = first("natural", "acting-said"), first("natural", "rest-said")
    for one, acts in ((acting, 1), (resting, 0)):
        (shown,) = (source for source in one.sources if source.on_screen)
        assert seen_of(one) == [shown.sound_class]
        assert shown.sound_class not in heard_of(one)
        assert facts([one], seen=True)["acts"][0, KINDS.index(shown.sound_class)] == acts
        assert bool(moments([one])[1].any()) == bool(acts)


def test_flashes_that_nothing_makes_are_no_onsets() -> None:
    one = next(found for index in range(50) if (found := scene("train", "main", index)).setting.flashes)
    without = replace(one, setting=replace(one.setting, flashes=()))
    assert moments([one])[1].equal(moments([without])[1])


def test_poor_captions_have_faults_and_nothing_that_train_never_has() -> None:
    """Three faults of .3 each leave a third of the scenes of two sources whole, and .7 of those of one."""
    rng, whole = np.random.default_rng(0), 0
    scenes = [scene("train", "main", index) for index in range(60)]
    for one in scenes:
        spoilt = captions._spoilt(one, rng)
        whole += spoilt.sources == one.sources
        assert 1 <= len(spoilt.heard) <= len(one.heard)
        assert all(source.events == tuple(sorted(source.events, key=lambda e: e.onset)) for source in spoilt.heard)
        classes = [CLASSES[source.sound_class] for source in spoilt.heard]
        assert not any(is_held(a, b) for a, b in combinations(classes, 2))
        assert all(allowed(CLASSES[s.sound_class], s.style.material, s.style.pitch) for s in spoilt.heard)
    assert 0.4 < whole / len(scenes) < 0.85


def test_poor_captions_are_five_and_follow_from_their_generator() -> None:
    one = first("main", "several")
    poor, again, other = (captions.poor_captions(one, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert len(poor) == len(captions.captions(one)) == 5
    assert poor == again != other
