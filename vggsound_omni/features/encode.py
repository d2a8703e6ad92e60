"""Encoding sounds, pictures and texts: what callers use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from vggsound_omni.encoders.encoder import AudioFace, TextFace, VideoFace

from . import FeatureStore
from .modality import Pictures, Sounds, Texts
from .passage import Encoded, Pass


def encode_sounds(
    files: Mapping[str, Path],
    encoders: Sequence[AudioFace],
    *,
    window_seconds: float | None,
    store: FeatureStore,
    console: Console,
    device: str = "cpu",
    batch_size: int = 16,
) -> Encoded:
    """Encodes the sound of files: the mean over channels, cut to the window, resampled for each encoder.

    An encoder that refuses a signal (say, one too short for it) does so with a :class:`UserError`, which becomes that
    id's failure; any other exception of its ends the pass. What was computed before is in the store by then.

    Args:
        files: by id.
        encoders: of different names, at home on ``device``.
        window_seconds: from the start; None takes the whole file.
        store: where features come from and go to.
        console: shows progress after two seconds, and says so if the store cannot be written to.
        device: of the networks; signals are resampled there too.
        batch_size: signals at most that a network is given at once.

    Raises:
        ValueError: two encoders of one name, or outputs that are not one row for each signal.
    """
    return Pass(Sounds(window_seconds), encoders, store, console, device, batch_size).run(files)


def encode_pictures(
    files: Mapping[str, Path],
    encoders: Sequence[VideoFace],
    *,
    window_seconds: float | None,
    store: FeatureStore,
    console: Console,
    device: str = "cpu",
    batch_size: int = 16,
) -> Encoded:
    """Encodes the picture of files, at each encoder's rate and size; otherwise like :func:`encode_sounds`."""
    return Pass(Pictures(window_seconds), encoders, store, console, device, batch_size).run(files)


def encode_texts(
    texts: Mapping[str, str],
    encoders: Sequence[TextFace],
    *,
    store: FeatureStore,
    console: Console,
    batch_size: int = 64,
) -> Encoded:
    """Encodes texts; otherwise like :func:`encode_sounds`."""
    return Pass(Texts(), encoders, store, console, "cpu", batch_size).run(texts)
