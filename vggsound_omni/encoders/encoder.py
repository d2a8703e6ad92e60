"""What an encoder is.

An encoder is a frozen network with one or more of three faces: :meth:`AudioFace.audio`, :meth:`VideoFace.video`,
:meth:`TextFace.text`. Each takes a batch of decoded signals, as they are for every encoder, and does its own front end;
each returns named outputs, batch first, on the CPU in float32. Encoders know no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

Outputs = dict[str, Tensor]
"""Named outputs: ``embedding`` (batch, d), ``logits`` (batch, classes), ``patches`` (batch, patches, d), ..."""


@dataclass(frozen=True, kw_only=True)
class EncoderCard:
    """Where an encoder comes from and how good it is."""

    name: str
    """For example ``foleyworld-tagger``."""
    kind: str
    """What it does in the words of the field: "tagger (PANNs kind)"."""
    encoder_set: str
    """``foleyworld`` or ``pretrained``."""
    checkpoint_sha256: str
    """Of the file its weights come from."""
    parameters: int
    """Count of trained numbers."""
    trained_on: str
    """Data and steps in a sentence."""
    licence: str
    held_out: dict[str, float] = field(default_factory=dict)
    """Scores on data it was not trained on, by name with unit."""
    front_end: dict[str, Any] = field(default_factory=dict)
    """Rates, windows and sizes that its numbers depend on; part of the address of its features."""
    published: bool | None = None
    """Whether the weights are the published file, by its SHA-256; None where none is known to compare with."""


def unpublished(cards: Iterable[EncoderCard]) -> list[str]:
    """Returns a sentence for each encoder whose weights are not the published file, for the warnings of a result."""
    other = {card.name: card for card in cards if card.published is False}
    return [
        f"The weights of {card.name} (SHA-256 {card.checkpoint_sha256[:12]}) are not the published file: compare its "
        "scores only with scores by the same weights."
        for card in other.values()
    ]


@runtime_checkable
class AudioFace(Protocol):
    """Hears."""

    card: EncoderCard
    sample_rate: int
    """Hz that :meth:`audio` wants; mono."""

    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) float32 at ``sample_rate``, of equal length, to outputs."""


@runtime_checkable
class VideoFace(Protocol):
    """Sees."""

    card: EncoderCard
    fps: float
    """Frames a second that :meth:`video` wants."""
    pixels: int
    """Height and width of the frames it wants."""

    def video(self, frames: Tensor) -> Outputs:
        """(batch, time, height, width, 3) uint8 to outputs."""


@runtime_checkable
class TextFace(Protocol):
    """Reads."""

    card: EncoderCard

    def text(self, texts: Sequence[str]) -> Outputs:
        """Texts to outputs, one row each."""


@runtime_checkable
class Synchroniser(AudioFace, VideoFace, Protocol):
    """Tells by how much sound and picture are apart."""

    offsets: tuple[float, ...]
    """Seconds that it tells apart, from -2 to 2; positive: the sound is late. Synchformer has 21, ours 101."""

    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        """Outputs of both faces to logits (batch, windows, offsets)."""
