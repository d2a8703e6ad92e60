"""The baseline that asks the ear: what it guesses, what it plays, and that the ear falls for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch

from vggsound_omni.encoders.foleyworld.ear.encoder import EarEncoder
from vggsound_omni.encoders.foleyworld.ear.names import NAMES
from vggsound_omni.errors import UserError
from vggsound_omni.generators.baselines.attack import Attack
from vggsound_omni.generators.baselines.fakes import PARTS, recipes
from vggsound_omni.generators.baselines.guess import guessed
from vggsound_omni.generators.baselines.moments import chosen, moments
from vggsound_omni.media import write_mp4
from vggsound_omni.protocol import Video

from .samples import request

FLASHES = (0.8, 1.6, 3.0)
"""Seconds, the second the brightest."""


@pytest.fixture(scope="module")
def flashing(tmp_path_factory: pytest.TempPathFactory) -> Video:
    """Four seconds of a picture in which a disc flashes three times."""
    frames = np.full((100, 64, 64, 3), 60, np.uint8)
    for flash, bright in zip(FLASHES, (150, 250, 150), strict=True):
        frames[round(flash * 25) : round(flash * 25) + 4, 20:36, 20:36] = bright
    path = tmp_path_factory.mktemp("flashing") / "clip.mp4"
    write_mp4(path, frames, 25, None)
    return Video(path=path, frame_rate=25.0, seconds=4.0)


def test_moments_are_when_the_picture_changes(flashing: Video) -> None:
    found = moments(flashing)
    for flash in FLASHES:
        assert np.abs(found[:, 0] - flash).min() <= 0.04
    assert chosen(found, 1) == [pytest.approx(1.6, abs=0.2)]


def test_it_guesses_classes_from_words_counts_from_numbers_and_moments_from_the_picture(flashing: Video) -> None:
    asked = replace(request(text="A dog barks three times.", duration=4.0, task="vt2a"), video=flashing)
    truth = guessed(asked)
    assert [event.sound_class for event in truth.events] == ["dog barking"] * 3
    blind = guessed(request(text="A dog barks three times. Slow piano music is playing.", duration=8.0))
    assert len(blind.events) == 3
    assert blind.music is not None
    rain = guessed(replace(asked, text="Rain is falling."))
    assert [(event.sound_class, event.discrete) for event in rain.events] == [("raining", False)]
    assert guessed(replace(asked, task="v2a", text=None)).events


def test_there_is_a_recipe_for_all_that_the_ear_names() -> None:
    assert sorted(recipes()) == sorted(NAMES)
    for recipe in recipes().values():
        assert recipe.shape == (PARTS,)
        assert ((recipe >= 0) & (recipe <= 1)).all()


def test_the_ear_falls_for_it_and_the_same_request_gives_the_same() -> None:
    asked = request(text="A dog barks four times.", duration=6.0)
    attack = Attack(steps=0, queries=4)
    (one,), (again,) = attack.generate([asked]), attack.generate([asked])
    assert np.array_equal(one.samples, again.samples)
    assert one.samples.shape == (1, 96_000)
    assert 0.1 < np.abs(one.samples).max() <= 1
    ear = EarEncoder()
    rows = ear.audio(torch.from_numpy(one.samples))["events"][0].numpy()
    heard = [NAMES[int(k)] for k in rows[~np.isnan(rows[:, 0]), 0]]
    assert "dog barking" in heard


@pytest.mark.parametrize("argument", ["steps", "queries"])
def test_numbers_below_0_are_refused(argument: Literal["steps", "queries"]) -> None:
    with pytest.raises(UserError, match=f'"{argument}" of attack must be at least 0, not -1'):
        Attack(steps=-1) if argument == "steps" else Attack(queries=-1)
