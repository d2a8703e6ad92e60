"""Facts about the sounds of voices, weather and machines, measured on their samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.suites.over import over
from vggsound_omni.suites.foleyworld.classes import CLASSES
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Event, Style
from vggsound_omni.suites.foleyworld.sounds.sound import Samples

SOUNDS = {name: sound_class.sound for name, sound_class in CLASSES.items() if not sound_class.impact}
COUNTABLE = [name for name in SOUNDS if not CLASSES[name].lasting]
LASTING = [name for name in SOUNDS if CLASSES[name].lasting]
LENGTH = 8 * SAMPLE_RATE


def style(pitch: float = 0.0, material: int = 0, brightness: float = 0.5) -> Style:
    return Style(pitch=pitch, material=material, brightness=brightness, hue=0.0)


def event(onset: float, duration: float, strength: float = 0.8, variation: float = 0.5) -> Event:
    return Event(onset=onset, duration=duration, strength=strength, variation=variation)


def row(name: str, strength: float = 0.8) -> list[Event]:
    """Two or three typical events of a class: back to back where it lasts, else with the longest gaps."""
    timing = CLASSES[name].timing
    span = sum(timing.length) / 2
    gap = round((span if timing.contiguous else timing.gap[1]) * 25) / 25
    length = gap if timing.contiguous else span
    return [event(round((0.4 + k * gap) * 25) / 25, length, strength) for k in range(2 if gap > 2.5 else 3)]


def play(name: str, how: Style, events: Sequence[Event], seed: int = 0) -> Samples:
    return SOUNDS[name](how, events, LENGTH, np.random.default_rng(seed))


def rms(samples: Samples, start: float, end: float) -> float:
    part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    return float(np.sqrt(np.mean(part**2)))


def spectrum(samples: Samples) -> tuple[Samples, Samples]:
    """Frequencies and power."""
    power: Samples = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return np.arange(len(power), dtype=np.float64) * (SAMPLE_RATE / len(samples)), power


def mean_octave(samples: Samples) -> float:
    """Mean of log2 frequency, weighted by magnitude: where on the keyboard the sound lies."""
    frequency, power = spectrum(samples)
    audible = frequency > 30
    weight = np.sqrt(power[audible])
    return float(np.sum(np.log2(frequency[audible]) * weight) / np.sum(weight))


def fundamental(samples: Samples, start: float, end: float, low: float, high: float) -> float:
    """Hz: the first strong peak of the autocorrelation between ``low`` and ``high``."""
    part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    rate = 4 * SAMPLE_RATE  # quarters of a sample
    correlation = np.fft.irfft(np.abs(np.fft.rfft(part - part.mean(), 2 * len(part))) ** 2, 8 * len(part))
    correlation = correlation[: 4 * len(part)] / np.arange(4 * len(part), 0, -1)
    lags = np.arange(int(rate / high), int(rate / low) + 1)
    values = correlation[lags]
    peak = (values >= correlation[lags - 1]) & (values >= correlation[lags + 1]) & (values > 0.85 * values.max())
    return rate / float(lags[np.flatnonzero(peak)[0]])


def strongest(samples: Samples, start: float, end: float) -> float:
    """Hz: the loudest partial between 50 and 1000 Hz."""
    part = np.zeros(SAMPLE_RATE)  # bins of 1 Hz
    taken = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    part[: len(taken)] = taken * np.hanning(len(taken))
    return 50.0 + float(np.abs(np.fft.rfft(part))[50:1000].argmax())


@over("name", SOUNDS)
def test_no_events_are_silence(name: str) -> None:
    assert not np.any(play(name, style(), ()))


@over("material", range(3))
@over("name", SOUNDS)
def test_silence_until_the_first_onset_and_clean_samples_after(name: str, material: int) -> None:
    events = row(name, strength=1.0)
    samples = play(name, style(0.3, material, 0.8), events)
    start = round(events[0].onset * SAMPLE_RATE)
    assert samples.shape == (LENGTH,)
    assert samples.dtype == np.float64
    assert np.all(np.isfinite(samples))
    assert not np.any(samples[:start])
    assert np.any(samples[start : start + 80])
    assert 0.9 < np.max(np.abs(samples)) < 1.6
    assert abs(samples.mean()) < 10 ** (-50 / 20) * np.sqrt(np.mean(samples**2))


@over("name", LASTING)
def test_lasting_sounds_end_with_their_last_event(name: str) -> None:
    events = row(name)
    end = events[-1].end
    samples = play(name, style(), events)
    assert not np.any(samples[round(end * SAMPLE_RATE) :])
    assert rms(samples, end - 0.02, end) < 0.2 * rms(samples, end - 0.4, end - 0.1)


@over("pitch", [-0.9, 0.9])
@over("material", range(3))
@over("name", COUNTABLE)
def test_acts_are_loud_within_20_ms_of_their_onset(name: str, material: int, pitch: float) -> None:
    events = row(name)
    samples = play(name, style(pitch, material), events)
    for act in events:
        start = act.onset
        loudest = max(rms(samples, start + 0.02 * k, start + 0.02 * (k + 1)) for k in range(int(act.duration / 0.02)))
        assert rms(samples, start, start + 0.02) > 10 ** (-24 / 20) * loudest
        assert rms(samples, start, start + 0.02) > 2 * rms(samples, start - 0.02, start)


@over("material", range(3))
@over(
    "where",
    [
        ("raining", (-0.5, 0.0), (0.2, 0.7)),
        ("fire crackling", (-0.1, -0.01), (0.0, 0.04)),
        ("sea waves", (-0.25, 0.1), (0.55, 0.9)),
        ("mosquito buzzing", (-0.15, 0.1), (0.4, 0.7)),
        ("helicopter", (-0.2, 0.1), (0.5, 0.9)),
        ("engine accelerating, revving, vroom", (-0.15, 0.0), (0.3, 0.7)),
    ],
)
def test_every_event_of_a_lasting_sound_swells(
    where: tuple[str, tuple[float, float], tuple[float, float]], material: int
) -> None:
    name, before, after = where
    events = row(name)
    samples = play(name, style(material=material), events)
    for this in events[1:]:
        quiet, loud = (rms(samples, this.onset + a, this.onset + b) for a, b in (before, after))
        assert loud > 1.3 * quiet


def test_fire_pops_loudest_at_onsets() -> None:
    events = [event(0.4 + 0.8 * k, 0.8) for k in range(9)]
    samples = play("fire crackling", style(), events)
    peaks = np.abs(samples).reshape(-1, round(0.04 * SAMPLE_RATE)).max(1)
    at_onset = np.array([round(e.onset / 0.04) for e in events])
    assert peaks[at_onset].min() > 0.8 * np.delete(peaks, at_onset).max()
    assert np.median(peaks[at_onset]) > 2.5 * np.median(np.delete(peaks, at_onset))


def test_engine_revs_rise_and_fall_once_an_event() -> None:
    events = [event(0.4, 2.0), event(2.4, 2.0)]
    samples = play("engine accelerating, revving, vroom", style(material=2), events)
    for this in events:
        firing = [
            strongest(samples, this.onset + 2 * u - 0.06, this.onset + 2 * u + 0.06) for u in (0.1, 0.25, 0.4, 0.55)
        ]
        falling = [strongest(samples, this.onset + 2 * u - 0.06, this.onset + 2 * u + 0.06) for u in (0.6, 0.8, 0.95)]
        assert np.all(np.diff(firing) > 30)
        assert np.all(np.diff(falling) < -30)
        assert firing[-1] > 3 * firing[0]


def test_two_tone_siren_changes_by_a_fourth_at_every_onset() -> None:
    events = [event(0.4 + 0.72 * k, 0.72) for k in range(8)]
    samples = play("ambulance siren", style(material=1), events)
    tones = [fundamental(samples, e.onset + 0.02, e.onset + 0.12, 300, 1500) for e in events]
    until = [fundamental(samples, e.end - 0.12, e.end - 0.01, 300, 1500) for e in events[:-1]]
    assert np.allclose(tones[:-1], until, rtol=0.02)
    for first, second in pairwise(tones):
        assert max(first, second) / min(first, second) == pytest.approx(4 / 3, rel=0.03)


@over("material", [0, 2])
def test_sweeping_siren_begins_each_event_at_its_lowest(material: int) -> None:
    events = [event(0.4 + 1.6 * k, 1.6) for k in range(4)]
    samples = play("ambulance siren", style(material=material), events)
    times = np.arange(0.44, 6.7, 0.02)
    track = np.array([fundamental(samples, t - 0.015, t + 0.015, 450, 1600) for t in times])
    for this in events[1:]:
        near = track[np.abs(times - this.onset) < 0.03]
        within = track[np.abs(times - this.onset) < 0.8]
        assert near.min() < 1.1 * within.min()
        assert within.max() > 1.8 * near.min()


@over(
    ("name", "low", "high"),
    [
        ("dog barking", 120, 1200),
        ("cat meowing", 250, 1500),
        ("owl hooting", 150, 900),
        ("bird chirping, tweeting", 1200, 5500),
        ("mosquito buzzing", 250, 900),
        ("ambulance siren", 350, 1700),
    ],
)
def test_pitch_sets_the_fundamental(name: str, low: float, high: float) -> None:
    events = row(name)
    measured = []
    for pitch in (-1.0, -0.5, 0.0, 0.5, 1.0):
        samples = play(name, style(pitch, 1 if name == "ambulance siren" else 0), events)
        middle = events[0].onset + 0.35 * events[0].duration
        measured.append(fundamental(samples, middle - 0.03, middle + 0.03, low, high))
    assert np.all(np.diff(np.log2(measured)) > 0.1)


@over("material", range(3))
@over("name", SOUNDS)
def test_pitch_brightness_and_strength_move_the_spectrum_up(name: str, material: int) -> None:
    events = row(name, 0.5)
    by_pitch = [mean_octave(play(name, style(pitch, material), events)) for pitch in (-1.0, 1.0)]
    assert by_pitch[1] > by_pitch[0] + 0.06
    if material:
        return
    by_brightness = [mean_octave(play(name, style(0.0, material, b), events)) for b in (0.0, 1.0)]
    assert by_brightness[1] > by_brightness[0] + 0.1
    by_strength = [mean_octave(play(name, style(0.0, material), row(name, s))) for s in (0.0, 1.0)]
    assert by_strength[1] > by_strength[0] + 0.02


@over("name", SOUNDS)
def test_full_strength_is_12_db_above_none(name: str) -> None:
    span = CLASSES[name].timing.length[1]
    soft, hard = (np.abs(play(name, style(), [event(0.4, span, s)])).max() for s in (0.0, 1.0))
    assert 20 * np.log10(hard / soft) == pytest.approx(12, abs=0.5)


@over("name", COUNTABLE)
def test_equal_acts_are_not_copies(name: str) -> None:
    first, second = event(0.4, 0.4), event(4.4, 0.4)
    samples = play(name, style(), [first, second])
    one, other = (samples[round(e.onset * SAMPLE_RATE) :][: round(0.4 * SAMPLE_RATE)] for e in (first, second))
    assert 0.5 < np.linalg.norm(one) / np.linalg.norm(other) < 2
    assert np.corrcoef(one, other)[0, 1] < 0.999


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(SOUNDS)),
    pitch=st.floats(-1, 1),
    material=st.integers(0, 2),
    brightness=st.floats(0, 1),
    onset=st.integers(0, 60).map(lambda frame: frame / 25),
    durations=st.lists(st.integers(2, 50).map(lambda frames: frames / 25), min_size=1, max_size=5),
    length=st.integers(1, 3 * SAMPLE_RATE),
    seed=st.integers(0, 2**32),
)
def test_any_program_gives_the_same_finite_samples_twice(
    name: str,
    pitch: float,
    material: int,
    brightness: float,
    onset: float,
    durations: list[float],
    length: int,
    seed: int,
) -> None:
    events, at = [], onset
    for k, duration in enumerate(durations):
        events.append(event(round(at * 25) / 25, duration, strength=k % 3 / 2, variation=k % 5 / 4))
        at += duration
    how = style(pitch, material, brightness)
    once, again = (SOUNDS[name](how, events, length, np.random.default_rng(seed)) for _ in range(2))
    assert once.shape == (length,)
    assert np.all(np.isfinite(once))
    assert np.array_equal(once, again)
    assert not np.any(once[: round(onset * SAMPLE_RATE)])


def features(samples: Samples) -> Samples:
    """Mean, spread, and change from frame to frame of the level (dB) in 20 bands over 32 ms frames, where it sounds."""
    frames = samples[: len(samples) // 512 * 512].reshape(-1, 512)
    power = np.abs(np.fft.rfft(frames * np.hanning(512))) ** 2
    edges = np.unique(np.round(np.geomspace(2, 257, 21)).astype(int))
    bands = 10 * np.log10(np.add.reduceat(power, edges[:-1], axis=1) + 1e-9)
    loud = bands.max(1) > bands.max() - 50
    bands = bands[loud] - bands.max()
    return np.concatenate((bands.mean(0), bands.std(0), np.abs(np.diff(bands, axis=0)).mean(0), [30 * loud.mean()]))


@over("name", SOUNDS)
def test_materials_differ_by_more_than_chance(name: str) -> None:
    events = row(name)
    heard = np.array([[features(play(name, style(material=m), events, seed)) for seed in range(3)] for m in range(3)])
    centres = heard.mean(1)
    chance = np.linalg.norm(heard - centres[:, None], axis=2).mean()
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert np.linalg.norm(centres[one] - centres[other]) > 1.5 * chance


def drawn(name: str, seed: int) -> Samples:
    """A clip of the class with a random style and timing."""
    rng = np.random.default_rng([seed, 7])
    timing = CLASSES[name].timing
    how = style(rng.uniform(-1, 1), int(rng.integers(3)), rng.random())
    gap, onset, events = rng.uniform(*timing.gap), 0.4, []
    for _ in range(rng.integers(timing.count[0], timing.count[1] + 1)):
        length = gap if timing.contiguous else min(gap, rng.uniform(*timing.length))
        if onset + length < 8:
            events.append(event(round(onset * 25) / 25, length, rng.uniform(0.3, 1), rng.random()))
        onset += gap
    return play(name, how, events, seed)


@pytest.mark.soak
def test_a_linear_classifier_tells_the_classes_apart() -> None:
    names = list(SOUNDS)
    clips = np.array([[features(drawn(name, seed)) for name in names] for seed in range(12)])
    train, test = clips[:8].reshape(-1, clips.shape[2]), clips[8:].reshape(-1, clips.shape[2])
    mean, scale = train.mean(0), train.std(0)
    x, y = (np.column_stack(((part - mean) / scale, np.ones(len(part)))) for part in (train, test))
    target = np.tile(np.eye(len(names)), (8, 1))
    weights = np.linalg.solve(x.T @ x + 3 * np.eye(x.shape[1]), x.T @ target)
    correct = (y @ weights).argmax(1) == np.tile(np.arange(len(names)), 4)
    assert correct.mean() > 0.85
