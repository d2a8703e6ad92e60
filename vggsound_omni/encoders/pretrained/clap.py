"""What both CLAPs share: sound in windows of one length, and captions as byte pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - before transformers, which imports it as it is

from .byte_pairs import FILES, BytePairs
from .port import Port
from .windows import drawn, spread

_SEED = 0  # of the random windows of av-benchmark
_TEXTS_AT_ONCE = 64


class _Reader(Protocol):
    def read(self, tokens: Tensor) -> Tensor: ...


class Clap(Port):
    """A port of sound and captions in one space."""

    kind = "audio and text in one space"
    beside = FILES
    network: _Reader
    tokeniser_class: ClassVar[str]  # in transformers
    publisher: ClassVar[str]  # of the vocabulary, on the Hugging Face hub
    marks: ClassVar[Mapping[str, int]]  # see BytePairs

    def front_end(self, sample_rate: int, window: int) -> dict[str, Any]:
        """Returns what the windows depend on."""
        seed = _SEED if self.as_published else None
        return {"sample_rate": sample_rate, "window_seconds": window / sample_rate, "seed": seed}

    def cut(self, sounds: Tensor, window: int) -> Tensor:
        """Cuts windows out of (batch, n): (batch, windows, window), by av-benchmark one at a place drawn at random."""
        return drawn(sounds, window, _SEED) if self.as_published else spread(sounds, window)

    @cached_property
    def _tokeniser(self) -> BytePairs:
        import transformers

        reader = getattr(transformers, self.tokeniser_class)
        return BytePairs(reader, self.checkpoint.parent, self.publisher, self.marks)

    def read(self, texts: Sequence[str], pad: int) -> Tensor:
        """Encodes captions, ``pad`` behind the shorter: (captions, d).

        Raises:
            UserError: the vocabulary is not there.
        """
        tokens = self._tokeniser(texts, pad).to(self.device)
        return torch.cat([self.network.read(some) for some in tokens.split(_TEXTS_AT_ONCE)])
