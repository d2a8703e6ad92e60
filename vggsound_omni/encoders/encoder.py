"""What an encoder is: a frozen network that turns sound, pictures or text into features.

An encoder has a method for each of its modalities: ``audio``, ``video``, ``text``. Each takes a batch of signals,
prepared as its :class:`AudioInput` or :class:`VideoInput` says, and does its own front end; each returns named outputs,
batch first, on the CPU in float32. Encoders know no files.

Its :class:`EncoderSpec` says all of it that can be known without loading it, and imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

from vggsound_omni.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

    from .fetch.published import Weights

Modality = Literal["audio", "video", "text"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
Kit = Literal["omni", "av-benchmark"]
"""Whose choices of window, channels and padding: ours, or those of the field's kit."""
KITS: tuple[Kit, ...] = get_args(Kit)
Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
Outputs = dict[str, "Tensor"]
"""Named outputs: ``embedding`` (batch, d), ``logits`` (batch, classes), ``patches`` (batch, patches, d), ..."""


@dataclass(frozen=True, kw_only=True)
class AudioInput:
    """How sound is prepared for an encoder: channels, mean, sample rate, length, in this order."""

    sample_rate: int  # Hz
    channels: Literal["mono", "all"] = "mono"  # the mean over channels, (batch, n); or all, (batch, channels, n)
    remove_dc: bool = False  # the mean over time is taken off at the file's own rate
    whole: bool = False  # of the whole file; otherwise of what the track's window leaves of it
    seconds: float | None = None  # cut to this after resampling; None: no further cut


@dataclass(frozen=True, kw_only=True)
class VideoInput:
    """How pictures are prepared for an encoder."""

    fps: float  # frames a second
    pixels: int | None  # height and width of the middle square; None: the whole picture, its short side at 224 pixels
    upright: bool = True  # turned as a phone's rotation mark says; otherwise as stored
    seconds: float | None = None  # from the start of the file; None: what the track's window leaves of it


@dataclass(frozen=True, kw_only=True)
class EncoderCard:
    """Where an encoder comes from and how good it is."""

    name: str  # "foleyworld-tagger"
    kind: str  # what it does in the words of the field: "tagger (PANNs kind)"
    encoder_set: str
    checkpoint_sha256: str  # of the file its weights come from
    version: int = 1  # as declared by its spec, which load_encoder() copies here
    parameters: int  # count of trained numbers
    trained_on: str  # data and steps in a sentence
    licence: str
    held_out: dict[str, float] = field(default_factory=dict)  # scores on data it never saw, by name with unit
    front_end: dict[str, Any] = field(default_factory=dict)  # rates, windows, sizes; part of the features' cache key
    published: bool | None = None  # whether the weights are the published file; None: no hash to compare with


@dataclass(frozen=True, kw_only=True)
class EncoderSpec:
    """All that is known of an encoder before it is loaded.

    Cached features are found again by the signal, the checkpoint and ``version``, never by source text. Raise the
    version whenever a change to the code moves an output for the same signal by more than rounding: a front end, a
    window, how outputs are averaged. Leave it for new weights (their hash tells), comments, types and speed.
    """

    name: str  # unique among all encoders; also the name on its card
    encoder_set: str
    roles: tuple[str, ...]  # what metrics ask for: "tagger", "patches", ...
    modalities: tuple[Modality, ...]
    factory: str  # "module:attribute"; see load()
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 1  # part of the features' cache key; raise it when the same signal would give other outputs
    variant: str = ""  # how a metric by it is marked when another encoder of the set comes first: "kl@passt"
    large: bool = False  # loaded alone, given one signal at a time, and dropped before the next
    weights: Weights | None = None  # what its publisher offers; None: its weights ship with the package

    def __post_init__(self) -> None:
        unknown = [one for one in self.modalities if one not in MODALITIES]
        if unknown or not self.modalities:
            raise UserError(
                f'The encoder "{self.name}" has the modalities {list(self.modalities)}; known are '
                f"{', '.join(MODALITIES)}."
            )
        if not self.roles:
            raise UserError(f'The encoder "{self.name}" plays no role, so that no metric could use it.')


def unpublished(cards: Iterable[EncoderCard]) -> list[str]:
    """Returns a sentence for each encoder whose weights are not the published file, for the warnings of a result."""
    other = {card.name: card for card in cards if card.published is False}
    return [
        f"The weights of {card.name} (SHA-256 {card.checkpoint_sha256[:12]}) are not the published file: compare its "
        "scores only with scores by the same weights."
        for card in other.values()
    ]


class Encoder(Protocol):
    """Any encoder, whatever its modalities."""

    card: EncoderCard


@runtime_checkable
class AudioEncoder(Protocol):
    """Encodes sound."""

    card: EncoderCard
    audio_input: AudioInput

    def audio(self, samples: Tensor) -> Outputs:
        """Encodes sounds of equal length.

        Args:
            samples: (batch, n) float32, or (batch, channels, n) if the input asks for all channels.

        Raises:
            UserError: too short, or not finite.
        """


@runtime_checkable
class Tagger(AudioEncoder, Protocol):
    """Encodes sound, and names the classes of its outputs."""

    classes: tuple[str, ...]


@runtime_checkable
class VideoEncoder(Protocol):
    """Encodes pictures."""

    card: EncoderCard
    video_input: VideoInput

    def video(self, frames: Tensor) -> Outputs:
        """Encodes clips of equal length and size: (batch, time, height, width, 3) uint8.

        Raises:
            UserError: too short.
        """


@runtime_checkable
class TextEncoder(Protocol):
    """Encodes texts."""

    card: EncoderCard

    def text(self, texts: Sequence[str]) -> Outputs:
        """Encodes texts, one row each."""


@runtime_checkable
class Synchroniser(AudioEncoder, VideoEncoder, Protocol):
    """Estimates by how much sound and picture are apart."""

    offsets: tuple[float, ...]  # seconds that it distinguishes; positive: the sound is late

    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        """Compares outputs of both modalities: logits (batch, windows, offsets)."""


@runtime_checkable
class SegmentEncoder(Protocol):
    """Can also give the features of every short segment of a signal, before anything is chosen from them."""

    card: EncoderCard

    def heard(self, samples: Tensor) -> Tensor:
        """Encodes the segments of sounds: (batch, samples) to (batch, segments, ...).

        Raises:
            UserError: too short for one segment.
        """

    def seen(self, frames: Tensor) -> Tensor:
        """Encodes the segments of pictures: (batch, time, height, width, 3) uint8 to (batch, segments, ...).

        Raises:
            UserError: too short for one segment.
        """
