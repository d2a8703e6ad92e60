"""Shaped noise, and what else the sounds of voices, weather and machines are built from.

The models in those modules say what one bark or one wave is like; :func:`countable` and :func:`lasting` lay it in
time. Every filter is causal, so that nothing sounds before its onset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.signal
from scipy.interpolate import PchipInterpolator

from ..scene import SAMPLE_RATE, Event, Style
from .sound import Samples, Sound, amplitude

_SUBSONIC = 25.0
"""Hz. What lies below is inaudible, and would show as an offset in a short clip."""
_TILT = 14.0
"""dB by which strength and brightness tilt a spectrum, at most."""
_TABLE = 8192
"""Samples of a wavetable, read without interpolation: noise 59 dB below a saw of 24 harmonics."""


def seconds(length: int) -> Samples:
    """Time of each of ``length`` samples, from 0."""
    return np.arange(length) / SAMPLE_RATE


def contour(at: Samples, *points: tuple[float, float]) -> Samples:
    """Returns a smooth curve through (place, value) points that overshoots none of them; constant outside."""
    places, values = zip(*points, strict=True)
    curve = PchipInterpolator(places, values)(np.clip(at, places[0], places[-1]))
    return np.clip(curve, min(values), max(values))  # rounding may overshoot by an ulp


def wander(rng: np.random.Generator, length: int, rate: float) -> Samples:
    """Returns a slow random curve of about unit variance with ``rate`` turning points a second."""
    knots = np.arange(int(length / SAMPLE_RATE * rate) + 3)
    return np.interp(seconds(length) * rate, knots, rng.standard_normal(len(knots)))


def cycles(frequency: Samples) -> Samples:
    """Phase, in cycles from 0, of an oscillator that runs at ``frequency`` Hz."""
    return (np.cumsum(frequency) - frequency[0]) / SAMPLE_RATE


def wave(phase: Samples, harmonics: npt.NDArray[np.floating] | npt.NDArray[np.complexfloating]) -> Samples:
    """A periodic wave at ``phase`` (cycles): harmonic k, from 1, has the (complex) amplitude ``harmonics[k - 1]``."""
    table = scipy.fft.irfft(np.concatenate(([0.0], harmonics)) * -0.5j * _TABLE, _TABLE)
    return table[(phase * _TABLE).astype(np.int64) & (_TABLE - 1)]


def below_nyquist(frequency: Samples) -> npt.NDArray[np.float64]:
    """Numbers 1, 2, ... of the harmonics of ``frequency`` Hz that never alias (at least one)."""
    return np.arange(1.0, max(2.0, 7600.0 / float(frequency.max())))


def noise(rng: np.random.Generator, length: int, low: float, high: float, slope: float = 0.0) -> Samples:
    """Gaussian noise of unit RMS between ``low`` and ``high`` Hz, ``slope`` dB an octave in between, soft edges."""
    size = scipy.fft.next_fast_len(max(length, 512), real=True)
    frequency = np.maximum(scipy.fft.rfftfreq(size, 1 / SAMPLE_RATE), 1.0)
    below, above = (low / frequency) ** 2, (frequency / high) ** 2
    shape = frequency ** (slope / 6.02) / np.sqrt((1 + below * below * below) * (1 + above * above * above))
    spectrum = (rng.standard_normal(len(shape)) + 1j * rng.standard_normal(len(shape))) * shape
    # Parseval: bins of variance 2 |shape|^2, each with its mirror image.
    return scipy.fft.irfft(spectrum, size)[:length] * (size / 2 / np.sqrt(np.sum(shape**2)))


def snaps(rng: np.random.Generator, rate: Samples | float, length: int, spread: float = 0.7) -> Samples:
    """Impulses at Poisson times, ``rate`` a second, of random sign and lognormal height (``spread`` in nepers)."""
    places = np.flatnonzero(rng.random(length) < np.asarray(rate) / SAMPLE_RATE)
    samples = np.zeros(length)
    samples[places] = rng.lognormal(0.0, spread, len(places)) * rng.choice((-1.0, 1.0), len(places))
    return samples


def resonances(samples: Samples, *peaks: tuple[float, float, float]) -> Samples:
    """Two-pole resonators side by side, each (Hz, bandwidth in Hz, gain at the peak): formants, plates, cavities."""
    total = np.zeros(len(samples))
    for frequency, bandwidth, gain in peaks:
        frequency = min(frequency, 0.47 * SAMPLE_RATE)
        r = np.exp(-np.pi * bandwidth / SAMPLE_RATE)
        a = (1.0, -2 * r * np.cos(2 * np.pi * frequency / SAMPLE_RATE), r * r)
        total += scipy.signal.lfilter(np.array((1.0, 0.0, -1.0)) * gain * (1 - r * r) / 2, a, samples)
    return total


def ringing(samples: Samples, *modes: tuple[float, float, float]) -> Samples:
    """Like :func:`resonances` for impulses: each (Hz, seconds to fall by 60 dB, peak for an impulse of 1)."""
    total = np.zeros(len(samples))
    for frequency, fall, gain in modes:
        r = 10 ** (-3 / (fall * SAMPLE_RATE))
        theta = 2 * np.pi * min(frequency, 0.47 * SAMPLE_RATE) / SAMPLE_RATE
        total += scipy.signal.lfilter((0.0, gain * r * np.sin(theta)), (1.0, -2 * r * np.cos(theta), r * r), samples)
    return total


def grains(rng: np.random.Generator, impulses: Samples, *modes: tuple[float, float, float]) -> Samples:
    """:func:`ringing` for many small bodies: each impulse strikes one of five sizes, about 0.3 octaves apart."""
    total = np.zeros(len(impulses))
    size = rng.integers(5, size=len(impulses))
    for k, exponent in enumerate(np.linspace(-0.6, 0.6, 5) + 0.1 * rng.standard_normal(5)):
        scale = 2**exponent
        struck = np.where(size == k, impulses, 0.0)
        total += ringing(struck, *((f * scale, fall / scale, gain) for f, fall, gain in modes))
    return total


def spray(impulses: Samples, rng: np.random.Generator, *kernels: Samples) -> Samples:
    """Every impulse sets off one of the kernels, drawn anew each time: many small things that break or fall."""
    kind = rng.integers(len(kernels), size=len(impulses))
    return sum(
        (
            scipy.signal.oaconvolve(np.where(kind == k, impulses, 0.0), kernel)[: len(impulses)]
            for k, kernel in enumerate(kernels)
        ),
        np.zeros(len(impulses)),
    )


def puff(rng: np.random.Generator, fall: float, low: float, high: float) -> Samples:
    """A burst of noise between two frequencies, with energy 1, that falls to 1 / e in ``fall`` seconds."""
    n = max(round(6 * fall * SAMPLE_RATE), 24)
    samples = noise(rng, 512 + n, low, high)[256 : 256 + n] * np.exp(-np.arange(n) / (fall * SAMPLE_RATE))
    return np.asarray(samples / np.sqrt(np.sum(samples**2)))


def shelf(samples: Samples, gain_db: float, pivot: float) -> Samples:
    """Tilts the spectrum about ``pivot`` Hz: half of ``gain_db`` up above it, half down below it (first order)."""
    root = 10 ** (gain_db / 40)
    w = np.tan(np.pi * pivot / SAMPLE_RATE)
    return scipy.signal.lfilter((root + w / root, w / root - root), (1 + w, w - 1), samples)


def highpass(samples: Samples, frequency: float) -> Samples:
    """Second-order Butterworth high pass."""
    return scipy.signal.sosfilt(scipy.signal.butter(2, frequency, "high", fs=SAMPLE_RATE, output="sos"), samples)


def peak_one(samples: Samples) -> Samples:
    """Scaled to a peak of 1; silence stays silence."""
    peak = np.max(np.abs(samples), initial=0.0)
    return samples / peak if peak > 0 else samples


def countable(
    act: Callable[[Style, Event, np.random.Generator], Samples], *, pivot: float, tilt: float = _TILT
) -> Sound:
    """Returns a sound of separate acts.

    ``act`` gives the samples of one, from its onset, at any level. Strength sets its gain; strength and the style's
    brightness tilt its spectrum about ``pivot`` Hz by up to ``tilt`` dB in all.
    """

    def sound(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
        out = np.zeros(length)
        for event in _begun(events, length):
            start = round(event.onset * SAMPLE_RATE)
            samples = act(style, event, rng)[: length - start]
            gain_db = tilt * (0.7 * style.brightness + 0.3 * event.strength - 0.5)
            samples = peak_one(shelf(highpass(samples, _SUBSONIC), gain_db, pivot))
            out[start : start + len(samples)] += amplitude(event) * samples
        return out * _fade_to_cut(length)

    return sound


def _begun(events: Sequence[Event], length: int) -> list[Event]:
    return [event for event in events if round(event.onset * SAMPLE_RATE) < length]


def _fade_to_cut(length: int) -> Samples:
    """Rumble that the end of the clip cuts off would leave an offset: 40 ms of fade."""
    return np.minimum(1.0, np.arange(length, 0, -1) / (0.04 * SAMPLE_RATE))


@dataclass(frozen=True)
class Course:
    """Where each sample of a clip lies in a row of events that follow one another without a pause."""

    events: tuple[Event, ...]
    starts: npt.NDArray[np.int64]  # first sample of each event, and the end of the last
    index: npt.NDArray[np.int64]  # of the event, for each sample
    phase: Samples  # 0 at an event's onset to 1 at the next, for each sample

    @classmethod
    def of(cls, events: Sequence[Event], length: int) -> Course:
        """Of at least one event, in order of onset."""
        starts = np.array([round(time * SAMPLE_RATE) for time in (*(event.onset for event in events), events[-1].end)])
        sample = np.arange(length)
        index = np.clip(np.searchsorted(starts, sample, side="right") - 1, 0, len(events) - 1)
        phase = np.clip((sample - starts[index]) / np.maximum(np.diff(starts), 1)[index], 0.0, 1.0)
        return cls(tuple(events), starts, index, phase)

    @property
    def length(self) -> int:
        """Samples of the clip."""
        return len(self.phase)

    @property
    def spans(self) -> Samples:
        """Seconds of each event."""
        return np.diff(self.starts) / SAMPLE_RATE

    @property
    def since(self) -> Samples:
        """Seconds since the event's onset, for each sample."""
        return self.phase * self.spans[self.index]

    def steps(self, values: Sequence[float] | Samples, blend: float = 0.06) -> Samples:
        """Returns a value per event as a curve; each is reached ``blend`` seconds after its onset."""
        places = np.column_stack((self.starts[:-1], self.starts[:-1] + blend * SAMPLE_RATE)).ravel()
        held = np.column_stack((np.concatenate(([values[0]], values[:-1])), values)).ravel()
        return np.interp(np.arange(self.length), np.maximum.accumulate(places), held)


def lasting(
    texture: Callable[[Style, Course, np.random.Generator], Samples],
    *,
    pivot: float,
    crest: float = 6.0,
    fade_in: float = 0.5,
    fade_out: float = 0.7,
    tilt: float = _TILT,
) -> Sound:
    """Returns a sound without pauses from the first onset to the last end.

    ``texture`` gives the clip's samples at any level; level and spectral tilt follow strength and brightness as in
    :func:`countable`. Peaks beyond ``crest`` times the RMS are rounded off. Fades in seconds.
    """

    def sound(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
        events = _begun(events, length)
        if not events:
            return np.zeros(length)
        course = Course.of(events, length)
        first, last = int(course.starts[0]), int(course.starts[-1])
        sample = np.arange(length)
        within = np.clip((sample - first + 1) / (fade_in * SAMPLE_RATE), 0, 1)
        within *= np.clip((last - sample) / (min(fade_out, course.spans[-1] / 2) * SAMPLE_RATE), 0, 1)
        gains = [amplitude(event) for event in events]
        samples = texture(style, course, rng) * within * course.steps(gains)
        dull, sharp = (shelf(samples, tilt * (0.7 * style.brightness + s - 0.5), pivot) for s in (0.0, 0.3))
        samples = (dull + (sharp - dull) * course.steps([event.strength for event in events])) * within
        samples *= _fade_to_cut(length)
        limit = crest * np.sqrt(np.mean(samples[first:last] ** 2))
        if np.max(np.abs(samples)) > limit > 0:
            samples = limit * np.tanh(samples / limit)
        return max(gains) * peak_one(highpass(samples, _SUBSONIC) * within * _fade_to_cut(length))

    return sound


def outbursts(t: Samples, *claps: tuple[float, float, float, float]) -> Samples:
    """Returns an envelope of overlapping bursts: each (start, rise, fall in seconds, height)."""
    level = np.zeros(len(t))
    for start, rise, fall, height in claps:
        after = t[np.searchsorted(t, start) :] - start
        level[len(t) - len(after) :] += height * (1 - np.exp(-after / rise)) * np.exp(-after / fall)
    return level
