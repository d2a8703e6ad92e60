"""Statistics of sound: real clips of a folder and scenes of FoleyWorld, for comparison.

python benchmarks/world_sounds.py [FOLDER] [SCENES]

FOLDER holds real clips (WAV, MP4); the first eight seconds of each are taken at 16 kHz, mono. Medians, and the range
over clips in brackets.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import signal

from vggsound_omni.media import read_audio, resample
from vggsound_omni.suites.foleyworld import SAMPLE_RATE, render_audio, scene

Samples = npt.NDArray[np.float64]
COLUMNS = (
    "RMS dBFS",
    "crest dB",
    "5 % floor dBFS",
    "5-95 % range dB",
    "slope dB/oct",
    "above 4 kHz dB",
    "flatness dB",
    "onsets/s",
)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    scenes = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    print(" | ".join(("median", *COLUMNS)))
    if folder is not None:
        row("real", (measure(one) for one in real(folder)))
    for stratum in ("main", "bgm"):
        rendered = (render_audio(scene("test", stratum, i)).astype(np.float64) for i in range(scenes))
        row(f"FoleyWorld {stratum}", (measure(one) for one in rendered))


def real(folder: Path) -> Iterator[Samples]:
    """Yields the sound of every clip in a folder."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in {".wav", ".mp4"}:
            audio = read_audio(path)
            samples = resample(audio.samples, audio.sample_rate, SAMPLE_RATE).mean(0)
            yield samples.astype(np.float64)[: 8 * SAMPLE_RATE]


def measure(samples: Samples) -> Samples:
    """Returns one number for each of :data:`COLUMNS`."""
    blocks = samples[: len(samples) // 800 * 800].reshape(-1, 800)
    levels = decibels(np.mean(blocks**2, axis=1))
    frequency, power = signal.welch(samples, SAMPLE_RATE, nperseg=1024)
    middle = (frequency >= 100) & (frequency < 7500)
    slope = np.polyfit(np.log2(frequency[middle]), decibels(power[middle]), 1)[0]
    high = decibels(power[frequency >= 4000].sum() / power.sum())
    audible = power[(frequency >= 62.5) & (frequency < 8000)]
    flatness = decibels(np.exp(np.mean(np.log(audible + 1e-20))) / np.mean(audible))
    rms = decibels(np.mean(samples**2))
    low, top = np.percentile(levels, [5, 95])
    return np.array([rms, decibels(np.max(samples**2)) - rms, low, top - low, slope, high, flatness, onsets(samples)])


def onsets(samples: Samples) -> float:
    """Returns how often a second the spectral flux peaks."""
    _, _, spectrum = signal.stft(samples, SAMPLE_RATE, nperseg=512, noverlap=352)
    flux = np.maximum(np.diff(np.log(np.abs(spectrum) + 1e-3), axis=1), 0).mean(0)
    peaks, _ = signal.find_peaks(flux, height=flux.mean() + 2 * flux.std(), distance=5)
    return len(peaks) * SAMPLE_RATE / len(samples)


def decibels(power: npt.ArrayLike) -> Samples:
    return np.asarray(10 * np.log10(np.asarray(power) + 1e-12))


def row(name: str, measured: Iterator[Samples]) -> None:
    every = np.array(list(measured))
    cells = (
        f"{np.median(column):.1f} [{column.min():.0f}, {column.max():.0f}]" if len(column) else "-"
        for column in every.T
    )
    print(" | ".join((f"{name} ({len(every)})", *cells)))


if __name__ == "__main__":
    main()
