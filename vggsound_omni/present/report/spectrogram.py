"""Mel spectrograms as small PNGs, and the ticks of their axes."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vggsound_omni.protocol import Audio

F64 = npt.NDArray[np.float64]

LOW_HZ, HIGH_HZ = 40.0, 16_000.0
"""Limits of the frequency axis. It ends lower if neither sound's sample rate reaches 16 kHz."""
RANGE_DB = 80.0  # from the loudest point of the two sounds down to the darkest colour
_BANDS, _COLUMNS, _COLOURS = 96, 400, 64
_WINDOW = 0.05  # seconds, rounded to the nearest power of two in samples
_TICKS_HZ = (100, 500, 1000, 2000, 4000, 8000, 16_000)
_SILENCE_DB = -120.0


class Tick(NamedTuple):
    """A mark on an axis."""

    percent: float  # position from the left, or from the top
    label: str


@dataclass(frozen=True, kw_only=True)
class Axes:
    """The axes that the spectrograms of two sounds share, so that they can be compared point by point."""

    seconds: float
    top_hz: float

    @property
    def times(self) -> list[Tick]:
        """At most nine marks, in seconds."""
        step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 600) if self.seconds / step <= 8.5)
        count = int(self.seconds / step + 1e-9) + 1
        return [Tick(round(100 * i * step / self.seconds, 2), f"{i * step:g}") for i in range(count)]

    @property
    def frequencies(self) -> list[Tick]:
        """Marks in Hz, placed on the mel scale."""
        low, high = _mel(LOW_HZ), _mel(self.top_hz)
        return [
            Tick(
                round(100 * (high - _mel(hertz)) / (high - low), 2),
                f"{hertz // 1000}k" if hertz >= 1000 else f"{hertz}",
            )
            for hertz in _TICKS_HZ
            if hertz <= self.top_hz
        ]


def shared_axes(sounds: list[Audio]) -> Axes:
    """Returns axes that fit all of these sounds."""
    return Axes(
        seconds=max(sound.duration for sound in sounds),
        top_hz=min(HIGH_HZ, max(sound.sample_rate for sound in sounds) / 2),
    )


def levels(audio: Audio, axes: Axes) -> F64:
    """Computes the level of each band over time.

    Returns:
        (bands from low to high, columns), dB relative to a full-scale sine; at least -120. Columns are evenly spaced
        over the axes' seconds; columns after the end of a sound are silence.
    """
    rate = audio.sample_rate
    size = 1 << round(np.log2(_WINDOW * rate))
    window = np.hanning(size + 1)[:-1]
    centres = np.rint((np.arange(_COLUMNS) + 0.5) * axes.seconds * rate / _COLUMNS).astype(int)
    power = np.zeros((_COLUMNS, size // 2 + 1))
    for channel in audio.samples:
        after = max(0, int(centres[-1]) + size - len(channel))
        padded = np.pad(channel.astype(np.float64), (size // 2, after))
        pieces = np.lib.stride_tricks.sliding_window_view(padded, size)[centres]
        power += np.abs(np.fft.rfft(pieces * window, axis=1) / (window.sum() / 2)) ** 2
    bands = power / len(audio.samples) @ _filters(rate, size, axes.top_hz).T
    return np.asarray(10 * np.log10(np.maximum(bands.T, 10 ** (_SILENCE_DB / 10))))


def png(level: F64, top_db: float) -> str:
    """Returns a data: URI of the image: low bands at the bottom, matplotlib's "magma" from top_db - 80 dB to top_db."""
    shade = np.clip(np.rint((level - top_db + RANGE_DB) / RANGE_DB * (_COLOURS - 1)), 0, _COLOURS - 1)
    pixels = shade[::-1].astype(np.uint8)
    height, width = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    content = (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", _palette())
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + content).decode()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@lru_cache(maxsize=1)
def _palette() -> bytes:
    from matplotlib import colormaps

    colours = np.asarray(colormaps["magma"](np.linspace(0, 1, _COLOURS)))[:, :3]
    return bytes(np.rint(colours * 255).astype(np.uint8).tobytes())


def _mel(hertz: float) -> float:
    """Converts Hz to mel: 2595 log10(1 + f / 700) (O'Shaughnessy, Speech Communication, 1987)."""
    return 2595.0 * float(np.log10(1.0 + hertz / 700.0))


@lru_cache(maxsize=8)
def _filters(rate: int, size: int, top_hz: float) -> F64:
    """Returns (bands, bins): triangles evenly spaced in mel, with peaks of 1, so a sine keeps its level within 2 dB."""
    edges = np.linspace(_mel(LOW_HZ), _mel(top_hz), _BANDS + 2)
    hertz = 700.0 * (10 ** (edges / 2595.0) - 1.0)
    bins = np.arange(size // 2 + 1) * rate / size
    # Low bands are narrower than a bin; there a triangle is widened to the two bins around its centre.
    spacing = rate / size
    low = np.minimum(hertz[:-2], hertz[1:-1] - spacing)[:, None]
    high = np.maximum(hertz[2:], hertz[1:-1] + spacing)[:, None]
    centre = hertz[1:-1][:, None]
    return np.asarray(np.maximum(0.0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))))
