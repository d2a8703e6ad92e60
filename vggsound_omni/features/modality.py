"""Sound, picture and text: how each is decoded, and how a batch of it is given to an encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch

from vggsound_omni.encoders.encoder import AudioFace, Outputs, TextFace, VideoFace
from vggsound_omni.media import sinc_resample

from . import Carded, Face, FileKey, file_key, settled
from .decode import Signal, View, decoding, read_pictures, read_sound, read_text

Source = TypeVar("Source")
Encoder = TypeVar("Encoder", bound=Carded)
Prepared = dict[float, torch.Tensor]
"""What the encoders of one batch share, on the device: the signals at each rate."""


class Medium(ABC, Generic[Source, Encoder]):
    """One of the three."""

    face: Face
    title: str
    """What a progress bar says."""

    @abstractmethod
    def view(self, encoder: Encoder) -> View:
        """What an encoder wants decoded."""

    @abstractmethod
    def decode(self, source: Source, views: Collection[View]) -> dict[View, Signal]:
        """The signals of a source; called in threads.

        Raises:
            UserError: it cannot be decoded.
        """

    @abstractmethod
    def forward(self, encoder: Encoder, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        """Runs an encoder on signals of one view, rate and shape."""

    def file_keys(self, source: Source, views: Collection[View]) -> dict[View, FileKey]:  # noqa: ARG002
        """Under which keys the signals of the source are remembered; empty for what is no file, or not there."""
        return {}


class _Files(Medium[Path, Encoder]):
    def __init__(self, window_seconds: float | None) -> None:
        self.window = window_seconds

    def file_keys(self, source: Path, views: Collection[View]) -> dict[View, FileKey]:
        try:
            facts = settled(source)
        except OSError:  # decoding says it better
            return {}
        return {view: file_key(source, facts, decoding(view, self.window)) for view in views}


class Sounds(_Files[AudioFace]):
    """The sound of files: mono by mean, cut to the window, resampled once for all encoders of one rate."""

    face: Face = "audio"
    title = "Encoding sound"

    def view(self, encoder: AudioFace) -> View:  # noqa: ARG002
        """All encoders hear the same signal."""
        return View()

    def decode(self, source: Path, views: Collection[View]) -> dict[View, Signal]:
        """Decodes at the file's own rate."""
        return dict.fromkeys(views, read_sound(source, self.window))

    def forward(self, encoder: AudioFace, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        """Resamples with the kernel that the field's networks were trained behind."""
        rate = signals[0].rate
        if rate not in prepared:
            prepared[rate] = torch.from_numpy(np.stack([signal.data for signal in signals])).to(device)
        if encoder.sample_rate not in prepared:
            prepared[encoder.sample_rate] = sinc_resample(prepared[rate], int(rate), encoder.sample_rate)
        return encoder.audio(prepared[encoder.sample_rate])


class Pictures(_Files[VideoFace]):
    """The picture of files, cut to the window, at each encoder's rate and size."""

    face: Face = "video"
    title = "Encoding pictures"

    def view(self, encoder: VideoFace) -> View:
        """The encoder's rate and size."""
        return View(encoder.fps, encoder.pixels)

    def decode(self, source: Path, views: Collection[View]) -> dict[View, Signal]:
        """Decodes as seldom as the rates allow."""
        return read_pictures(source, views, self.window)

    def forward(self, encoder: VideoFace, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:
        """Gives the frames as they are."""
        rate = signals[0].rate
        if rate not in prepared:
            prepared[rate] = torch.from_numpy(np.stack([signal.data for signal in signals])).to(device)
        return encoder.video(prepared[rate])


class Texts(Medium[str, TextFace]):
    """Texts; encoders cut them into words and put those on their device themselves."""

    face: Face = "text"
    title = "Encoding texts"

    def view(self, encoder: TextFace) -> View:  # noqa: ARG002
        """All encoders read the same."""
        return View()

    def decode(self, source: str, views: Collection[View]) -> dict[View, Signal]:
        """The text itself."""
        return dict.fromkeys(views, read_text(source))

    def forward(self, encoder: TextFace, signals: Sequence[Signal], device: str, prepared: Prepared) -> Outputs:  # noqa: ARG002
        """Gives the texts as they are."""
        return encoder.text([signal.data.item() for signal in signals])
