"""Sounds of no class, so that the ear learns to tell nothing where there is nothing.

Among them are those that would pass for a scene to whoever listens to its envelope or its spectrum alone.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage, signal

from vggsound_omni.encoders.foleyworld.augment import out_of_world
from vggsound_omni.suites.foleyworld import Scene
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .names import SPANS
from .spectra import Floats


def negative(samples: Floats, scene: Scene, rng: np.random.Generator) -> Floats:
    """Returns a sound of the same length that holds nothing of a scene but, at most, its envelope or its spectrum."""
    noise = rng.standard_normal(len(samples))
    lasting = any(name in SPANS for name in scene.labels)
    kind = int(rng.integers(8))
    if kind == 0:
        made = noise * _envelope(samples)
    elif kind == 1 and not lasting:
        made = _shaped(noise, samples)
    elif kind == 2 and not lasting:
        made = _shaped(noise, samples) * _envelope(samples)
    elif kind == 3:
        made = _bursts(noise, scene, rng)
    elif kind == 4:
        made = _babble(noise, rng)
    elif kind == 5:
        made = noise * float(rng.choice([0.0, 1e-5, 1e-3]))
        return made.astype(np.float32)
    else:
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        made = out_of_world(1, generator)[0].numpy()[: len(samples)].astype(np.float64)
    return np.asarray(made / max(float(np.abs(made).max()), 1e-9) * 10 ** rng.uniform(-1.5, -0.05), np.float32)


def _envelope(samples: Floats) -> np.ndarray:
    return np.sqrt(ndimage.uniform_filter1d(samples.astype(np.float64) ** 2, 320))


def _shaped(noise: np.ndarray, samples: Floats) -> np.ndarray:
    """Noise with the mean spectrum of a sound."""
    power = ndimage.uniform_filter1d(np.abs(np.fft.rfft(samples)) ** 2, 801)
    return np.fft.irfft(np.fft.rfft(noise) * np.sqrt(power), len(noise))


def _bursts(noise: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Bursts of noise, white or in a band, where the scene has onsets, or anywhere."""
    onsets = [event.onset for source in scene.heard for event in source.events]
    if rng.random() < 0.4:
        onsets = list(rng.uniform(0, len(noise) / SAMPLE_RATE, int(rng.integers(1, 20))))
    decay = 10 ** rng.uniform(-2.3, -0.5)
    tail = np.exp(-np.arange(int(5 * decay * SAMPLE_RATE)) / (decay * SAMPLE_RATE))
    train = np.zeros(len(noise))
    for onset in onsets:
        train[min(int(onset * SAMPLE_RATE), len(noise) - 1)] = rng.uniform(0.5, 1)
    envelope = signal.oaconvolve(train, tail)[: len(noise)]
    if rng.random() < 0.5:
        low = float(np.exp(rng.uniform(np.log(80), np.log(4000))))
        high = min(low * rng.uniform(1.5, 8), 7900)
        noise = signal.sosfilt(signal.butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    return noise * envelope + 10 ** rng.uniform(-5, -2) * rng.standard_normal(len(noise))


def _babble(noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Syllables of a voice that says nothing: pulses and breath through formants that move."""
    length = len(noise)
    knots = np.arange(0, length + SAMPLE_RATE, int(SAMPLE_RATE / rng.uniform(3, 7)))
    t = np.arange(length)
    pitch = np.interp(t, knots, rng.uniform(80, 260) * 2 ** rng.normal(0, 0.2, len(knots)))
    voice = np.diff(np.floor(np.cumsum(pitch) / SAMPLE_RATE), prepend=0) + 0.03 * noise
    made = np.zeros(length)
    for low, high in ((250, 800), (800, 2300), (2300, 3300)):
        hertz = np.interp(t, knots, rng.uniform(low, high, len(knots)))
        steps = [signal.lfilter(*signal.iirpeak(h, 6, fs=SAMPLE_RATE), voice) for h in (low * 1.2, high * 0.9)]
        share = (hertz - low) / (high - low)
        made += (1 - share) * steps[0] + share * steps[1]
    return made * np.clip(np.interp(t, knots, rng.normal(0.5, 0.6, len(knots))), 0, None)
