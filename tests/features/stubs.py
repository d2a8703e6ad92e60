"""A set of encoders that are built in no time, by their specs, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from weakref import WeakSet

import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioInput, EncoderSpec, Outputs, VideoInput
from vggsound_omni.encoders.fetch.published import Address, Published, Weights

from .shared import Ear, Reader, card

Made = TypeVar("Made")
ALIVE: WeakSet[Any] = WeakSet()
BUILT: list[tuple[str, int]] = []
"""Each encoder that was built, with how many others were alive then."""
PUBLISHED = Weights(
    name="away",
    publisher="Nobody",
    page="https://example.org",
    licence="none",
    files=(Published(name="away.pt", source=Address("https://example.org/away.pt")),),
)
"""Of a file that is nowhere."""


def spec(name: str, *roles: str, make: str = "ear", large: bool = False, **more: Any) -> EncoderSpec:
    """Of the set "made"."""
    fields: dict[str, Any] = {"modalities": ("audio",), "arguments": {"name": name}} | more
    return EncoderSpec(
        name=name,
        encoder_set="made",
        roles=roles or ("tagger",),
        factory=f"tests.features.stubs:{make}",
        large=large,
        **fields,
    )


def ear(device: str, **arguments: Any) -> Ear:
    return _noted(Ear(**arguments))


def both(device: str, **arguments: Any) -> Both:
    return _noted(Both(**arguments))


def synchroniser(device: str, **arguments: Any) -> Synchroniser:
    return _noted(Synchroniser(**arguments))


class Both(Ear):
    """Hears, and counts letters."""

    def text(self, texts: Sequence[str]) -> Outputs:
        return Reader().text(texts)


class Synchroniser:
    """The loudness of a clip and the brightness of its picture; it believes in the offset nearest to their sum."""

    audio_input = AudioInput(sample_rate=16_000)
    video_input = VideoInput(fps=5, pixels=16)
    offsets = (-1.0, 0.0, 1.0, 2.0)

    def __init__(self, name: str) -> None:
        self.card = card(name)

    def audio(self, samples: Tensor) -> Outputs:
        return {"windows": samples.abs().mean(1, keepdim=True)}

    def video(self, frames: Tensor) -> Outputs:
        return {"windows": frames.float().mean((1, 2, 3, 4))[:, None] / 255}

    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        found = audio["windows"] + video["windows"]
        return -(found[:, :, None] - torch.tensor(self.offsets)).abs()


def _noted(encoder: Made) -> Made:
    BUILT.append((encoder.card.name, len(ALIVE)))  # type: ignore[attr-defined]
    ALIVE.add(encoder)
    return encoder
