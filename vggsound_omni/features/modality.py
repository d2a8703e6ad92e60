"""Sound, pictures and text: how each is decoded, prepared, and given to an encoder in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import (
    AudioEncoder,
    AudioInput,
    Modality,
    Outputs,
    TextEncoder,
    VideoEncoder,
    VideoInput,
)
from vggsound_omni.encoders.encoder import Encoder as AnyEncoder
from vggsound_omni.encoders.preparation import prepare

from .keys import FileKey, file_key, settled
from .signals import PictureView, Signal, SoundReader, SoundSource, SoundView, TextView, View, read_pictures, read_text

Source = TypeVar("Source")
Encoder = TypeVar("Encoder", bound=AnyEncoder)
Prepared = dict[AudioInput | None, Tensor]
"""What the encoders of one batch share, on the device: the batch as decoded (None), and as each input wants it."""


class Channel(ABC, Generic[Source, Encoder]):
    """One modality of encoders."""

    modality: Modality
    title: str  # what a progress bar says

    @abstractmethod
    def view(self, encoder: Encoder) -> View:
        """Returns how a source is decoded for an encoder."""

    @abstractmethod
    def prepared(self, encoder: Encoder) -> AudioInput | VideoInput | None:
        """Returns what is part of the encoder's cache keys."""

    @abstractmethod
    def decode(self, source: Source, views: Collection[View]) -> dict[View, Signal]:
        """Returns the signals of a source; called in threads.

        Raises:
            UserError: it cannot be decoded.
        """

    @abstractmethod
    def forward(self, encoder: Encoder, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        """Runs an encoder on signals of one view, rate and shape."""

    def file_keys(self, source: Source, views: Collection[View]) -> dict[View, FileKey]:
        """Returns the keys under which the source's signals are remembered; empty if it is no file, or not there."""
        if not isinstance(source, Path):
            return {}
        try:
            facts = settled(source)
        except OSError:  # decoding says it better
            return {}
        return {view: file_key(source, facts, view) for view in views}


class Sounds(Channel[SoundSource, AudioEncoder]):
    """Sound, decoded once for all encoders that want the same of it, resampled once for each sample rate."""

    modality = "audio"
    title = "Encoding sound"

    def __init__(self, window: float | None, reader: SoundReader | None = None) -> None:
        """Takes the seconds from the start that count (None: all), and what reads files."""
        self._window = window
        self._reader = reader or SoundReader()

    def view(self, encoder: AudioEncoder) -> View:
        """Returns the track's window as mono, unless the encoder wants the whole file, which has all its channels."""
        whole = encoder.audio_input.whole
        return SoundView(mono=not whole, seconds=None if whole else self._window)

    def prepared(self, encoder: AudioEncoder) -> AudioInput:
        """Returns the encoder's input."""
        return encoder.audio_input

    def decode(self, source: SoundSource, views: Collection[View]) -> dict[View, Signal]:
        """Decodes at the file's own rate."""
        return {view: self._reader.read(source, view) for view in views if isinstance(view, SoundView)}

    def forward(self, encoder: AudioEncoder, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        """Resamples with the kernel that the field's networks were trained behind."""
        wanted = encoder.audio_input
        if None not in prepared:
            stacked = torch.from_numpy(np.stack([signal.data for signal in signals])).to(device)
            prepared[None] = stacked if stacked.ndim == 3 else stacked[:, None]  # (batch, channels, n)
        if wanted not in prepared:
            prepared[wanted] = prepare(prepared[None], int(signals[0].rate), wanted)
        return encoder.audio(prepared[wanted])


class Pictures(Channel[Path, VideoEncoder]):
    """Pictures, at each encoder's rate and size."""

    modality = "video"
    title = "Encoding pictures"

    def __init__(self, window: float | None) -> None:
        """Takes the seconds from the start that count; None: all."""
        self._window = window

    def view(self, encoder: VideoEncoder) -> View:
        """Returns the encoder's rate, size and cut, or the track's window."""
        wanted = encoder.video_input
        return PictureView(wanted.fps, wanted.pixels, wanted.upright, wanted.seconds or self._window)

    def prepared(self, encoder: VideoEncoder) -> VideoInput:
        """Returns the encoder's input."""
        return encoder.video_input

    def decode(self, source: Path, views: Collection[View]) -> dict[View, Signal]:
        """Decodes as seldom as the rates allow."""
        found: dict[View, Signal] = {}
        found.update(read_pictures(source, [view for view in views if isinstance(view, PictureView)]).items())
        return found

    def forward(self, encoder: VideoEncoder, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        """Passes the frames on unchanged."""
        if None not in prepared:
            prepared[None] = torch.from_numpy(np.stack([signal.data for signal in signals])).to(device)
        return encoder.video(prepared[None])


class Texts(Channel[str, TextEncoder]):
    """Texts; encoders split them into words and move those to their device themselves."""

    modality = "text"
    title = "Encoding texts"

    def view(self, encoder: TextEncoder) -> View:  # noqa: ARG002
        """Returns the one view there is."""
        return TextView()

    def prepared(self, encoder: TextEncoder) -> None:
        """Returns nothing: texts go as they are."""

    def decode(self, source: str, views: Collection[View]) -> dict[View, Signal]:
        """Returns the text itself."""
        return dict.fromkeys(views, read_text(source))

    def forward(self, encoder: TextEncoder, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:  # noqa: ARG002
        """Passes the texts on unchanged."""
        return encoder.text([signal.data.item() for signal in signals])
