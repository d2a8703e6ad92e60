"""Struck, plucked and dripping things: they begin on time, and their physics can be measured from the samples."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import rfft, rfftfreq

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.classes import CLASSES
from vggsound_omni.suites.foleyworld.classes.playing_acoustic_guitar import guitar_hertz
from vggsound_omni.suites.foleyworld.classes.playing_piano import piano_hertz
from vggsound_omni.suites.foleyworld.scene import FPS, SAMPLE_RATE, Event, Style
from vggsound_omni.suites.foleyworld.sounds.modal import GLASS, METAL, PLASTIC, WOOD, ring

SOUNDS = {name: sound_class.sound for name, sound_class in CLASSES.items() if sound_class.impact}
LENGTH = 3 * SAMPLE_RATE

each_class = over("name", SOUNDS)
styles = st.builds(
    Style, pitch=st.floats(-1, 1), material=st.integers(0, 2), brightness=st.floats(0, 1), hue=st.just(0.0)
)
onsets = st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True).map(sorted)

Samples = npt.NDArray[np.float64]


def style(pitch: float = 0.0, material: int = 0, brightness: float = 0.5) -> Style:
    return Style(pitch=pitch, material=material, brightness=brightness, hue=0.0)


def event(onset: float = 0.0, strength: float = 0.7, variation: float = 0.5, duration: float = 0.4) -> Event:
    return Event(onset=onset, duration=duration, strength=strength, variation=variation)


def heard(name: str, styled: Style, *events: Event, seed: int = 0, length: int = LENGTH) -> Samples:
    return SOUNDS[name](styled, events, length, np.random.default_rng(seed))


def power(samples: Samples) -> tuple[Samples, Samples]:
    """Frequencies and energies; interpolated to 0.1 Hz or so."""
    size = 8 * len(samples)
    return rfftfreq(size, 1 / SAMPLE_RATE), np.abs(
        rfft(samples * np.hanning(2 * len(samples))[len(samples) :], size)
    ) ** 2


def centroid(samples: Samples) -> float:
    """Mean frequency by energy, octaves above 1 Hz: log frequency, so that one strong low mode does not decide."""
    frequency, energy = power(samples)
    return float(np.average(np.log2(frequency[1:]), weights=energy[1:]))


def slope(samples: Samples) -> float:
    """Mean level of the quarter octaves above 2 kHz less that of those from 125 Hz to 1 kHz, dB."""
    frequency, energy = power(samples)
    edges = 125 * 2 ** np.arange(0, 6, 0.25)
    levels = 10 * np.log10(np.add.reduceat(energy, np.searchsorted(frequency, edges))[:-1])
    return float(levels[edges[:-1] >= 2000].mean() - levels[edges[:-1] < 1000].mean())


def share_above_2_khz(samples: Samples) -> float:
    """dB of the energy above 2 kHz relative to all."""
    frequency, energy = power(samples)
    return float(10 * np.log10(energy[frequency > 2000].sum() / energy.sum()))


def peak_between(samples: Samples, low: float, high: float) -> float:
    """Hz of the strongest partial in a band."""
    frequency, energy = power(samples)
    band = np.where((frequency > low) & (frequency < high), energy, 0.0)
    return float(frequency[int(band.argmax())])


def comb(samples: Samples, low: float, high: float) -> float:
    """Hz of the fundamental whose first eight harmonics have the most energy (muted notes have wide partials)."""
    frequency, energy = power(samples)
    candidates = np.linspace(low, high, 801)
    held = np.interp(np.outer(candidates, np.arange(1, 9)), frequency, energy).sum(axis=1)
    return float(candidates[int(held.argmax())])


def ringing_time(samples: Samples) -> float:
    """Seconds in which 99 % of the energy have passed."""
    passed = np.cumsum(samples**2)
    return float(np.searchsorted(passed, 0.99 * passed[-1]) / SAMPLE_RATE)


def mean_over_seeds(measure: object, name: str, styled: Style, *events: Event) -> float:
    assert callable(measure)
    return float(np.mean([measure(heard(name, styled, *events, seed=seed)) for seed in range(2)]))


@each_class
@settings(max_examples=15, deadline=None)
@given(styled=styles, frames=onsets, strength=st.floats(0.3, 1), seed=st.integers(0, 2**20))
def test_sound_begins_in_the_very_sample_of_its_onset(
    name: str, styled: Style, frames: list[int], strength: float, seed: int
) -> None:
    events = [event(frame / FPS, strength, variation=(0.37 * i) % 1) for i, frame in enumerate(frames)]
    samples = heard(name, styled, *events, seed=seed)
    assert samples.shape == (LENGTH,)
    assert samples.dtype == np.float64
    assert np.all(np.isfinite(samples))
    first = round(frames[0] / FPS * SAMPLE_RATE)
    assert not np.any(samples[:first])
    # It is there within a quarter of a millisecond, and within 5 ms a part of its peak that is heard: gravel gives way.
    end = round(frames[1] / FPS * SAMPLE_RATE) if len(frames) > 1 else LENGTH
    peak = np.abs(samples[first:end]).max()
    assert np.abs(samples[first : first + 4]).max() > 0.003 * peak
    assert np.abs(samples[first : first + 80]).max() > 0.2 * peak


@each_class
@settings(max_examples=10, deadline=None)
@given(styled=styles, seed=st.integers(0, 2**20))
def test_a_later_event_adds_to_what_came_before_and_changes_none_of_it(name: str, styled: Style, seed: int) -> None:
    one, both = (heard(name, styled, *events, seed=seed) for events in ((event(0.2),), (event(0.2), event(1.0))))
    before = SAMPLE_RATE
    assert np.allclose(one[:before], both[:before], atol=1e-5)  # modes are summed in single precision
    assert np.abs(both[before : before + 80] - one[before : before + 80]).max() > 0.1 * np.abs(one).max()


@each_class
def test_same_seed_same_samples_other_seed_others(name: str) -> None:
    events = (event(0.2), event(1.2, variation=0.8))
    first, again, other = (heard(name, style(), *events, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


@each_class
def test_two_blows_are_never_the_same_samples(name: str) -> None:
    samples = heard(name, style(), event(0.0), event(1.5))
    half = round(1.5 * SAMPLE_RATE)
    assert not np.allclose(samples[:half], samples[half:])


@each_class
def test_without_events_it_is_silent(name: str) -> None:
    assert not np.any(heard(name, style()))


@each_class
@over("material", range(3))
def test_no_offset_and_a_peak_around_one(name: str, material: int) -> None:
    events = [event(0.2 + 0.4 * i, 1.0, variation=(0.29 * i) % 1) for i in range(7)]
    samples = heard(name, style(-1, material, 0.0), *events)
    rms = np.sqrt(np.mean(samples**2))
    assert abs(samples.mean()) < 10 ** (-50 / 20) * rms
    assert 0.7 < np.abs(samples).max() < 2.5


@each_class
@over("material", range(3))
def test_strength_is_level_and_brightness(name: str, material: int) -> None:
    soft, medium, hard = (heard(name, style(material=material), event(strength=s)) for s in (0.2, 0.6, 1.0))
    levels = [20 * np.log10(np.abs(samples).max()) for samples in (soft, medium, hard)]
    assert np.diff(levels) == pytest.approx([4.8, 4.8], abs=0.1)  # 12 dB from 0 to 1
    assert slope(hard) > slope(soft) + 1


@each_class
@over("material", range(3))
def test_bright_styles_tilt_the_spectrum_up(name: str, material: int) -> None:
    dull, bright = (heard(name, style(0, material, value), event()) for value in (0.0, 1.0))
    assert slope(bright) > slope(dull) + 4


@each_class
@over("material", range(3))
def test_high_styles_lie_higher_in_the_spectrum(name: str, material: int) -> None:
    low, high = (mean_over_seeds(centroid, name, style(pitch, material), event()) for pitch in (-1, 1))
    assert high > low + 0.15


def test_ring_is_the_sum_of_damped_sinusoids() -> None:
    frequency, t60, gain = np.array([220.0, 1810.5, 7100.0]), np.array([0.3, 0.1, 0.02]), np.array([1.0, 0.5, 0.2])
    t = np.arange(3001)[:, None] / SAMPLE_RATE
    expected = np.sum(gain * 10 ** (-3 * t / t60) * np.sin(2 * np.pi * frequency * t + 0.3), axis=1)
    assert np.allclose(
        ring(frequency, t60, gain, 3001, 0.3), expected, atol=1e-5
    )  # single precision; short modes are cut off


def test_what_lies_above_the_nyquist_frequency_is_left_out() -> None:
    assert not np.any(ring(np.array([8000.0, 12000.0]), np.ones(2), np.ones(2), 500))


def test_metal_rings_longer_than_glass_glass_than_wood_wood_than_plastic() -> None:
    at = np.array([250.0, 1000.0, 4000.0])
    times = [material.t60(at) for material in (METAL, GLASS, WOOD, PLASTIC)]
    assert all(np.all(longer > shorter) for longer, shorter in pairwise(times))
    assert all(np.all(np.diff(t60) < 0) for t60 in times)


BELL_PARTIALS = {"hum": 0.5, "prime": 1.0, "tierce": 1.2, "quint": 1.5, "nominal": 2.0}


@over(("partial", "ratio"), BELL_PARTIALS.items())
@over("pitch", [-1.0, -0.3, 0.5, 1.0])
def test_a_church_bell_has_the_partials_of_a_minor_third_bell(partial: str, ratio: float, pitch: float) -> None:
    samples = heard("church bell ringing", style(pitch), event())
    expected = 400 * 2**pitch * ratio
    assert peak_between(samples, 0.96 * expected, 1.04 * expected) == pytest.approx(expected, rel=0.002)
    # A partial that stands out, not the floor between two.
    frequency, energy = power(samples)
    around = energy[np.abs(frequency / expected - 1) < 0.06]
    assert around.max() > 100 * np.median(around), partial


def test_a_bell_hums_on_when_its_upper_partials_have_died() -> None:
    samples = heard("church bell ringing", style(), event(), length=6 * SAMPLE_RATE)
    assert peak_between(samples[4 * SAMPLE_RATE :], 100, 8000) == pytest.approx(200, rel=0.01)
    assert centroid(samples[:3200]) > centroid(samples[4 * SAMPLE_RATE :]) + 1


@settings(max_examples=40, deadline=None)
@given(pitch=st.floats(-1, 1), material=st.integers(0, 2), variation=st.floats(0, 1), seed=st.integers(0, 999))
def test_guitar_notes_are_in_tune_within_one_percent(pitch: float, material: int, variation: float, seed: int) -> None:
    played = event(variation=variation, duration=0.6)
    samples = heard("playing acoustic guitar", style(pitch, material), played, seed=seed)
    expected = guitar_hertz(style(pitch, material), played)
    assert 82 < expected < 850
    assert comb(samples, 0.9 * expected, 1.1 * expected) == pytest.approx(expected, rel=0.01)


@settings(max_examples=20, deadline=None)
@given(pitch=st.floats(-1, 1), material=st.integers(0, 2), variation=st.floats(0, 1))
def test_piano_notes_are_in_tune_and_their_partials_stretched(pitch: float, material: int, variation: float) -> None:
    # The second key: the left hand plays along with the first.
    played = event(1.0, variation=variation, duration=1.0)
    both = heard("playing piano", style(pitch, material), event(), played)
    samples = both[SAMPLE_RATE : 2 * SAMPLE_RATE]
    expected = piano_hertz(style(pitch, material), played)
    # The first key still rings, a semitone (0.059) away or more.
    assert peak_between(samples, 0.96 * expected, 1.04 * expected) == pytest.approx(expected, rel=0.01)
    third = peak_between(samples, 2.85 * expected, 3.3 * expected)
    assert 3 * 0.9995 < third / expected < 3 * 1.08


def fundamental(name: str, pitch: float) -> float:
    """Hz, measured: the lowest strong partial of one note."""
    # Into a puddle: a bucket has a tone of its own. Melodies are no case: chords lie below them.
    styled = style(pitch, 2 if name == "water dripping" else 1)
    samples = heard(name, styled, event(), event(1.6, duration=0.8))[round(1.6 * SAMPLE_RATE) :][:8000]
    frequency, energy = power(samples)
    return float(frequency[int(np.argmax((energy > 0.1 * energy.max()) & (frequency > 60)))])


@over(
    ("name", "span"),
    [("church bell ringing", 2.0), ("water dripping", 2.2)],
)
def test_measured_pitch_climbs_with_the_style(name: str, span: float) -> None:
    measured = [fundamental(name, pitch) for pitch in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    assert np.all(np.diff(measured) > 0)
    assert np.log2(measured[-1] / measured[0]) == pytest.approx(span, abs=0.4)


@over("name", ["playing piano", "playing acoustic guitar"])
def test_variation_climbs_a_scale(name: str) -> None:
    hertz = {"playing piano": piano_hertz, "playing acoustic guitar": guitar_hertz}[name]
    for material in range(3):
        notes = [hertz(style(0.3, material), event(variation=v)) for v in np.linspace(0.05, 1.0, 8)]
        steps = 12 * np.diff(np.log2(notes))
        assert np.allclose(steps, np.round(steps))
        assert np.all(steps > 0)


def test_a_drop_chirps_upwards() -> None:
    for material in range(3):
        samples = heard("water dripping", style(0.0, material), event())
        early, late = (peak_between(samples[start : start + 480], 700, 2500) for start in (0, 640))
        assert late > 1.1 * early


def test_variation_picks_the_drum() -> None:
    kick, snare, hat = (heard("playing drum kit", style(), event(variation=v)) for v in (0.1, 0.5, 0.8))
    assert centroid(kick) < np.log2(150) < centroid(snare) < np.log2(4000) < centroid(hat)
    assert np.sum(kick**2) > np.sum(hat**2)
    opened = heard("playing drum kit", style(), event(variation=0.97))
    assert ringing_time(opened) > 2 * ringing_time(hat)


def test_tick_and_tock_alternate() -> None:
    samples = heard("clock ticking", style(), *(event(0.6 * i) for i in range(4)))
    tones = [centroid(samples[round(0.6 * i * SAMPLE_RATE) :][:4000]) for i in range(4)]
    assert min(tones[0], tones[2]) > max(tones[1], tones[3])


@over(
    ("name", "longest_first"),
    [
        ("hammering nails", (1, 0)),  # metal, wood
        ("door slamming", (1, 2, 0)),  # metal, glass, wood
        ("playing acoustic guitar", (0, 1, 2)),  # steel, nylon, muted
        ("church bell ringing", (0, 2)),  # sound, cracked
    ],
)
def test_material_decides_how_long_it_rings(name: str, longest_first: tuple[int, ...]) -> None:
    blow = event(duration=1.5)
    times = [mean_over_seeds(ringing_time, name, style(-0.5, material), blow) for material in longest_first]
    assert all(longer > 1.2 * shorter for longer, shorter in pairwise(times))


@over(
    ("name", "brightest_first"),
    [
        ("hammering nails", (2, 0)),  # brick, wood
        ("basketball bounce", (1, 0, 2)),  # concrete, wood, rubber
        ("footsteps", (1, 2, 0)),  # gravel, snow, boards
        ("water dripping", (1, 0)),  # sink, bucket
        ("playing acoustic guitar", (0, 1)),  # steel, nylon
        ("typing on computer keyboard", (0, 1)),  # clicking switches, rubber domes
    ],
)
def test_material_decides_how_bright_it_is(name: str, brightest_first: tuple[int, ...]) -> None:
    values = [mean_over_seeds(share_above_2_khz, name, style(0.0, material), event()) for material in brightest_first]
    assert all(brighter > duller + 1 for brighter, duller in pairwise(values))


def test_a_nail_rings_higher_the_deeper_it_is() -> None:
    blows = [event(0.5 * i) for i in range(5)]
    samples = heard("hammering nails", style(), *blows)
    rings = [peak_between(samples[round(0.5 * i * SAMPLE_RATE) + 400 :][:2400], 1900, 3000) for i in range(5)]
    assert np.all(np.diff(rings) > 0)


def test_shards_fall_after_the_glass_has_broken() -> None:
    for material in range(3):
        samples = heard("glass breaking", style(material=material), event(duration=1.2))
        energy = np.sum(samples.reshape(-1, 1600) ** 2, axis=1)
        assert energy[0] == energy.max()
        assert energy[3:8].sum() > 0.02 * energy[0]
        assert np.all(energy[3:6] > 0)


def test_a_key_is_released_after_it_is_pressed() -> None:
    samples = heard("typing on computer keyboard", style(), event(duration=0.1, variation=0.4))
    before, after = np.abs(samples[800:1150]).max(), np.abs(samples[1150:1650]).max()
    assert after > 3 * before


def test_events_beyond_the_clip_are_cut_off() -> None:
    for name in SOUNDS:
        longer = heard(name, style(), event(0.6), event(1.2), length=LENGTH)
        shorter = heard(name, style(), event(0.6), replace(event(1.2), duration=2.0), length=SAMPLE_RATE)
        assert shorter.shape == (SAMPLE_RATE,)
        # The last 40 ms fade.
        assert np.array_equal(shorter[: SAMPLE_RATE - 640], longer[: SAMPLE_RATE - 640]), name
