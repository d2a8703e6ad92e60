"""Rooms: reverberation falls as its time says, noise has its level."""

from __future__ import annotations

import numpy as np
import pytest

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.room import NOISES, background, impulse_response, reverberate
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Room


def room(rt60: float = 0.6, noise: str = "hiss", noise_db: float = -50, wet_db: float = -10, seed: int = 1) -> Room:
    return Room(name="room", rt60=rt60, wet_db=wet_db, noise=noise, noise_db=noise_db, seed=seed)


@over("rt60", [0.3, 0.8, 1.6])
def test_the_decay_measured_by_schroeder_integration_is_rt60(rt60: float) -> None:
    response = impulse_response(room(rt60))
    energy = np.cumsum(response[::-1] ** 2)[::-1]
    level = 10 * np.log10(energy / energy[0])
    # T20: the time from -5 to -25 dB, times three.
    measured = 3 * (np.argmax(level < -25) - np.argmax(level < -5)) / SAMPLE_RATE
    assert measured == pytest.approx(rt60, rel=0.2)


@over("noise", list(NOISES))
def test_background_noise_has_its_level(noise: str) -> None:
    samples = background(room(noise=noise, noise_db=-47), 8 * SAMPLE_RATE)
    assert 20 * np.log10(np.sqrt(np.mean(samples**2))) == pytest.approx(-47, abs=0.01)


def test_reverberation_leaves_the_direct_sound_and_its_onset_alone() -> None:
    dry = np.zeros(SAMPLE_RATE)
    dry[5000] = 1.0
    wet = reverberate(dry, room(wet_db=-6))
    assert np.abs(wet[:5000]).max() < 1e-12
    assert wet[5000] == pytest.approx(1.0, abs=1e-9)
    assert 10 * np.log10(np.sum(wet[5001:] ** 2)) == pytest.approx(-6, abs=0.1)
