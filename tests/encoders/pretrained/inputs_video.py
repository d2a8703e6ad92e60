"""Pictures of the golden cases and the sound that belongs to them, by formula, in whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FPS = 25
RATE = 48_000
FLASHES: dict[str, tuple[float, ...]] = {
    "square_8s": (1.0, 3.2, 6.4),
    "square_10s": (0.4, 2.0, 5.6, 8.8),
    "still": (),
}
"""Seconds at which the picture flashes white for two frames, and the sound pings."""
SIZES = {"square_8s": (320, 240, 200), "square_10s": (640, 360, 250), "still": (480, 360, 1)}
"""Width, height, frames."""


def _triangle(value: int, period: int) -> int:
    value = value % (2 * period)
    return value if value <= period else 2 * period - value


def _background(width: int, height: int, index: int) -> NDArray[np.int64]:
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    red = (x * 255) // (width - 1)
    green = (y * 255) // (height - 1)
    blue = ((x + 2 * y + 3 * index) // 4) % 256
    texture = ((x // 8 + y // 8) % 2) * 24
    picture: NDArray[np.int64] = np.clip(np.stack([red, green, blue], axis=-1) // 2 + texture[..., None], 0, 255)
    return picture


def make_video(name: str) -> tuple[NDArray[np.uint8], int]:
    """A bright square that moves over a gradient: (time, height, width, 3) RGB, and frames a second."""
    width, height, count = SIZES[name]
    side = height // 5
    first_frames = [round(seconds * FPS) for seconds in FLASHES[name]]
    flashes = {*first_frames, *(first + 1 for first in first_frames)}
    frames = np.empty((count, height, width, 3), dtype=np.uint8)
    for i in range(count):
        picture = _background(width, height, i)
        left = _triangle(5 * i + 17, width - side)
        top = _triangle(3 * i + 5, height - side)
        picture[top : top + side, left : left + side] = (250, 240, 60 + (i * 7) % 190)
        if i in flashes:
            picture = (picture + 3 * 255) // 4
        frames[i] = picture.astype(np.uint8)
    return frames, FPS


def make_clicks(name: str) -> tuple[NDArray[np.float32], int]:
    """A decaying 2 kHz ping at every flash over a low hum: (1, samples), and the rate in Hz."""
    count = SIZES[name][2]
    t = np.arange(count * RATE // FPS, dtype=np.float64) / RATE
    out = 0.05 * np.sin(2 * np.pi * 90.0 * t) + 0.02 * np.sin(2 * np.pi * 1234.5 * t)
    for seconds in FLASHES[name]:
        u = t - seconds
        out += np.where(u >= 0, 0.6 * np.exp(-np.maximum(u, 0) / 0.05) * np.sin(2 * np.pi * 2000.0 * u), 0.0)
    return np.ascontiguousarray(out.astype(np.float32)[None]), RATE
