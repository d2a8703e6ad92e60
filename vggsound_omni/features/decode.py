"""What encoders are given, decoded, with the hash that addresses it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vggsound_omni.media import read_audio, read_frames

from . import picture_hash, sound_hash, text_hash


@dataclass(frozen=True, eq=False)
class Signal:
    """A decoded signal: (samples,) float32, (time, height, width, 3) uint8, or () text."""

    data: npt.NDArray[Any]
    rate: float
    """Samples or frames a second; 0 for text."""
    sha256: str


@dataclass(frozen=True)
class View:
    """A way to look at a file. A sound has one: mono, at its own rate; a picture one for each rate and size."""

    fps: float = 0.0
    pixels: int = 0


def read_sound(path: Path, window_seconds: float | None) -> Signal:
    """The sound of a file: the mean over its channels, at its own rate, cut to the window.

    Raises:
        UserError: the file cannot be read or has no sound.
    """
    audio = read_audio(path, seconds=window_seconds)
    return Signal(audio.samples[0], audio.sample_rate, sound_hash(audio.samples[0], audio.sample_rate))


def read_pictures(path: Path, views: Iterable[View], window_seconds: float | None) -> dict[View, Signal]:
    """The picture of a file at several rates and sizes, cut to the window, decoded as seldom as possible.

    A rate that divides another of the same size evenly takes every so many of its frames, which are the same pictures.
    Each signal is what :func:`~vggsound_omni.media.read_frames` gives for that rate and size alone.

    Raises:
        UserError: the file cannot be read or has no picture.
    """
    decoded: dict[View, npt.NDArray[np.uint8]] = {}
    for view in sorted(views, key=lambda view: (-view.fps, view.pixels)):
        for other, frames in decoded.items():
            thinned = _thinned(frames, other, view, window_seconds)
            if thinned is not None:
                decoded[view] = thinned
                break
        else:
            decoded[view] = read_frames(path, view.fps, view.pixels, window_seconds)
    return {view: Signal(frames, view.fps, picture_hash(frames, view.fps)) for view, frames in decoded.items()}


def read_text(text: str) -> Signal:
    """A text as it is."""
    return Signal(np.array(text, object), 0.0, text_hash(text))


def _thinned(
    frames: npt.NDArray[np.uint8], dense: View, sparse: View, window_seconds: float | None
) -> npt.NDArray[np.uint8] | None:
    """The frames at a lower rate; None where that rate does not divide evenly, or leaves open how many there are.

    A clip of N frames lasts between N - 1/2 and N + 1/2 of them, as their number is rounded, or longer where the window
    cut it. If both ends give the lower rate one number of frames, that is it.
    """
    step = dense.fps / sparse.fps
    if dense.pixels != sparse.pixels or step != round(step):
        return None
    fewest = math.floor((len(frames) - 0.5) / step + 0.5)
    most = math.ceil((len(frames) + 0.5) / step + 0.5) - 1  # that end itself is not reached
    if window_seconds is not None:
        whole, cut = (max(1, round(window_seconds * fps)) for fps in (dense.fps, sparse.fps))
        most = cut if len(frames) == whole else min(most, cut)
        fewest = min(fewest, cut)
    count = max(1, fewest)
    return frames[:: int(step)][:count] if count == max(1, most) else None


def decoding(view: View, window_seconds: float | None) -> Mapping[str, Any]:
    """A view of a file as JSON, for the key under which its signal is remembered."""
    return {"fps": view.fps, "pixels": view.pixels, "window": window_seconds}
