"""Small real encoders, and what the tests of encoding share."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from av.container import InputContainer
from rich.console import Console
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import AudioEncoder, AudioInput, EncoderCard, Outputs, VideoEncoder, VideoInput
from vggsound_omni.errors import UserError
from vggsound_omni.features import FeatureStore
from vggsound_omni.features.encoding import Encoded, Pass
from vggsound_omni.features.modality import Pictures, Sounds
from vggsound_omni.features.signals import SoundReader, SoundSource
from vggsound_omni.media import _container
from vggsound_omni.protocol import Audio

TOLERANCE = 1e-5
"""Of the largest magnitude: what the batch may change."""


def card(name: str, **front_end: Any) -> EncoderCard:
    return EncoderCard(
        name=name,
        kind="for tests",
        encoder_set="foleyworld",
        checkpoint_sha256="0" * 64,
        parameters=0,
        trained_on="nothing",
        licence="Apache-2.0",
        front_end=front_end,
    )


class Ear:
    """A log-power spectrum, averaged for the embedding and whole for the patches; then a random convolution."""

    def __init__(self, name: str = "ear", sample_rate: int = 16_000, **audio_input: Any) -> None:
        self.card = card(name, window=256)
        self.audio_input = AudioInput(sample_rate=sample_rate, **audio_input)
        self.batches: list[tuple[int, ...]] = []
        self.convolution = nn.Conv1d(129, 32, 3, bias=False)
        nn.init.normal_(self.convolution.weight, std=0.1, generator=torch.Generator().manual_seed(0))

    def audio(self, samples: Tensor) -> Outputs:
        self.batches.append(tuple(samples.shape))
        window = torch.hann_window(256)
        spectrum = torch.stft(samples, 256, 128, window=window, center=False, return_complex=True).abs().square()
        patches = self.convolution(torch.log(spectrum + 1e-6)).transpose(1, 2)
        return {"embedding": patches.mean(1), "patches": patches}


class Squeamish(Ear):
    """Refuses clips whose first sample is zero."""

    def audio(self, samples: Tensor) -> Outputs:
        if (samples[:, 0] == 0).any():
            raise UserError("begins with nothing.")
        return super().audio(samples)


class Eye:
    """Mean colours over time, and motion."""

    def __init__(self, name: str, fps: float, pixels: int, seconds: float | None = None) -> None:
        self.card = card(name)
        self.video_input = VideoInput(fps=fps, pixels=pixels, seconds=seconds)
        self.batches: list[tuple[int, ...]] = []

    def video(self, frames: Tensor) -> Outputs:
        self.batches.append(tuple(frames.shape))
        colours = frames.float().mean((2, 3))
        return {"embedding": colours.mean(1), "motion": colours.diff(dim=1).abs().sum(2)}


class Reader:
    """Counts letters."""

    card = card("reader")

    def text(self, texts: Sequence[str]) -> Outputs:
        return {"embedding": torch.tensor([[float(text.count(c)) for c in "abcdefghij"] for text in texts])}


@contextmanager
def opening() -> Iterator[Counter[str]]:
    """How often each media file is opened to be decoded in the block."""
    seen, really = Counter[str](), _container._open

    def counted(path: Path) -> InputContainer:
        seen[path.name] += 1
        return really(path)

    with patch.object(_container, "_open", counted):
        yield seen


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Lets every write beyond so many bytes of a file fail, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def sound(seed: int, seconds: float, channels: int = 1, rate: int = 22_050) -> Audio:
    rng = np.random.default_rng(seed)
    return Audio(samples=rng.normal(0, 0.2, (channels, round(seconds * rate))).astype(np.float32), sample_rate=rate)


def hear(
    files: Mapping[str, SoundSource],
    encoders: Sequence[AudioEncoder],
    store: FeatureStore,
    window: float | None = 8.0,
    reader: SoundReader | None = None,
    **options: Any,
) -> Encoded:
    return Pass(Sounds(window, reader), encoders, store, Console(quiet=True), **options).run(files)


def see(
    files: dict[str, Path], encoders: Sequence[VideoEncoder], store: FeatureStore, window: float | None = 8.0
) -> Encoded:
    return Pass(Pictures(window), encoders, store, Console(quiet=True)).run(files)


def distance(a: Encoded, b: Encoded) -> float:
    """The largest difference, relative to the largest magnitude of its output."""
    assert {name: list(rows) for name, rows in a.features.items()} == {name: list(r) for name, r in b.features.items()}
    worst = 0.0
    for name, rows in a.features.items():
        for item, outputs in rows.items():
            for output, array in outputs.items():
                other = b.features[name][item][output]
                assert array.shape == other.shape
                worst = max(worst, float(np.abs(array - other).max() / np.abs(array).max()))
    return worst
