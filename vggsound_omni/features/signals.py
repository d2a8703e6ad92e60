"""What encoders are given: decoded sound, pictures and text, with the hash that identifies each."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, read_frames
from vggsound_omni.media.field_frames import read_field_frames

from .keys import picture_hash, sound_hash, text_hash

_LONGEST = 3600.0
"""Seconds of a file that is encoded whole; no clip is longer."""
_KEPT_BYTES = 2**30
"""Of decoded sound that is kept for the next encoder: some hundred clips."""


@dataclass(frozen=True, eq=False)
class Signal:
    """A decoded signal."""

    data: npt.NDArray[Any]  # (samples,) or (channels, samples) float32; (time, height, width, 3) uint8; () text
    rate: float  # samples or frames a second; 0 for text
    sha256: str


@dataclass(frozen=True)
class SoundView:
    """A way to decode a sound, at its own sample rate."""

    mono: bool = True  # the mean over channels, (samples,); otherwise all of them, (channels, samples)
    seconds: float | None = None  # from the start; None: all of it


@dataclass(frozen=True)
class PictureView:
    """A way to decode pictures."""

    fps: float
    pixels: int | None  # height and width of the middle square; None: the whole picture, short side at 224 pixels
    upright: bool = True
    seconds: float | None = None  # from the start; None: all of it


@dataclass(frozen=True)
class TextView:
    """The text as it is."""


View = SoundView | PictureView | TextView
SoundSource = Path | Callable[[], Signal]
"""A file, or a function that makes a mono signal when it is wanted."""


class SoundReader:
    """Decodes sound, and keeps what it decoded for the next encoder, up to a limit of memory."""

    def __init__(self, *, keep: bool = False) -> None:
        self._kept: dict[tuple[SoundSource, SoundView], Signal] = {}
        self._room = _KEPT_BYTES if keep else 0
        self._lock = threading.Lock()

    def read(self, source: SoundSource, view: SoundView) -> Signal:
        """Returns the signal of a source; safe in threads.

        Raises:
            UserError: the file cannot be read, has no sound, samples that are not finite, or more than an hour although
                it is wanted whole.
        """
        kept = self._kept.get((source, view))
        if kept is not None:
            return kept
        signal = _read_sound(source, view) if isinstance(source, Path) else source()
        with self._lock:
            if (source, view) not in self._kept and signal.data.nbytes <= self._room:
                self._kept[source, view] = signal
                self._room -= signal.data.nbytes
        return signal


def _read_sound(path: Path, view: SoundView) -> Signal:
    audio = read_audio(path, mono=view.mono, seconds=_LONGEST + 1 if view.seconds is None else view.seconds)
    if view.seconds is None and audio.duration > _LONGEST:
        raise UserError(f"{path}: is longer than {_LONGEST / 60:.0f} minutes, and it is encoded whole; cut it.")
    samples = audio.samples[0] if view.mono else audio.samples
    if not np.isfinite(samples).all():
        raise UserError(f"{path}: has samples that are not finite numbers.")
    return Signal(samples, audio.sample_rate, sound_hash(samples, audio.sample_rate))


def read_pictures(path: Path, views: Iterable[PictureView]) -> dict[PictureView, Signal]:
    """Returns the pictures of a file in several views, decoded as seldom as possible.

    A rate that divides another of the same size evenly takes every so many of its frames, which are the same pictures.
    Each signal is what :func:`~vggsound_omni.media.read_frames` gives for that view alone.

    Raises:
        UserError: the file cannot be read or has no picture.
    """
    decoded: dict[PictureView, npt.NDArray[np.uint8]] = {}
    for view in sorted(views, key=lambda view: (-view.fps, view.pixels or 0)):
        if view.pixels is None:
            (field,) = read_field_frames(path, [view.fps], view.seconds, upright=view.upright)
            decoded[view] = field.numpy()
            continue
        for other, frames in decoded.items():
            thinned = _thinned(frames, other, view)
            if thinned is not None:
                decoded[view] = thinned
                break
        else:
            decoded[view] = read_frames(path, view.fps, view.pixels, view.seconds)
    return {view: Signal(frames, view.fps, picture_hash(frames, view.fps)) for view, frames in decoded.items()}


def read_text(text: str) -> Signal:
    """Returns a text as a signal."""
    return Signal(np.array(text, object), 0.0, text_hash(text))


def _thinned(frames: npt.NDArray[np.uint8], dense: PictureView, sparse: PictureView) -> npt.NDArray[np.uint8] | None:
    """Returns the frames at a lower rate; None if that rate does not divide evenly, or their number is ambiguous.

    A clip of N frames lasts between N - 1/2 and N + 1/2 of them, as their number is rounded, or longer if it was cut.
    If both ends give the lower rate one number of frames, that is it.
    """
    step = dense.fps / sparse.fps
    if (dense.pixels, dense.upright, dense.seconds) != (sparse.pixels, sparse.upright, sparse.seconds):
        return None
    if step != round(step):
        return None
    fewest = math.floor((len(frames) - 0.5) / step + 0.5)
    most = math.ceil((len(frames) + 0.5) / step + 0.5) - 1  # that end itself is not reached
    if sparse.seconds is not None:
        whole, cut = (max(1, round(sparse.seconds * fps)) for fps in (dense.fps, sparse.fps))
        most = cut if len(frames) == whole else min(most, cut)
        fewest = min(fewest, cut)
    count = max(1, fewest)
    return frames[:: int(step)][:count] if count == max(1, most) else None
