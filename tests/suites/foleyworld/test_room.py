"""Rooms: reverberation falls as its time says, noise has its level."""

from __future__ import annotations

import numpy as np
import pytest

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.room import NOISES, background, impulse_response, limit, reverberate
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Room


def room(
    rt60: float = 0.6, noise: str = "room tone", noise_db: float = -50, wet_db: float = -10, seed: int = 1
) -> Room:
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


def test_reverberation_leaves_the_onset_alone_and_has_its_level() -> None:
    dry = np.zeros(SAMPLE_RATE)
    dry[5000] = 1.0
    heard = reverberate(dry, room(wet_db=-6))
    direct = reverberate(dry, room(wet_db=-200))
    assert np.abs(heard[:5000]).max() < 1e-6
    assert heard[5000] == pytest.approx(direct[5000], rel=1e-5)
    assert abs(direct[5000]) > 0.5
    assert 10 * np.log10(np.sum((heard - direct) ** 2) / np.sum(direct**2)) == pytest.approx(-6, abs=1.5)


@over("seed", range(4))
def test_a_microphone_colours_by_a_few_decibels_and_cuts_only_the_ends(seed: int) -> None:
    click = np.zeros(SAMPLE_RATE)
    click[0] = 1.0
    response = np.abs(np.fft.rfft(reverberate(click, room(wet_db=-200, seed=seed))))[1000:4000]
    assert np.ptp(20 * np.log10(response)) < 10


def test_limiter_lets_no_peak_through_and_leaves_what_is_soft() -> None:
    rng = np.random.default_rng(1)
    soft = 0.1 * rng.standard_normal(4 * SAMPLE_RATE)
    loud = soft.copy()
    loud[2 * SAMPLE_RATE : 2 * SAMPLE_RATE + 800] *= 30
    limited = limit(loud)
    assert np.array_equal(limit(soft), soft)
    assert 0.8 < np.abs(limited).max() <= 0.93 + 1e-9
    assert np.array_equal(limited[: 2 * SAMPLE_RATE - 200], loud[: 2 * SAMPLE_RATE - 200])
    assert np.allclose(limited[-SAMPLE_RATE:], loud[-SAMPLE_RATE:], rtol=0.01)


@over("noise", list(NOISES))
def test_backgrounds_stir(noise: str) -> None:
    """No second is a copy of another in level, and none stands out by more than 20 dB."""
    samples = background(room(noise=noise), 8 * SAMPLE_RATE)
    levels = 10 * np.log10(np.mean(samples.reshape(80, -1) ** 2, axis=1))
    assert 0.3 < levels.std() < 8
    assert np.ptp(levels) < 25
