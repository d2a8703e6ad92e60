"""A pair of sound and text, of the CLAP kind."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.contrastive import WIDTH, Contrastive, recall_at_1
from vggsound_omni.encoders.foleyworld.frontend import LOG_MEL, ROOT_BARK
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import (
    Pool,
    SpectrogramTransformer,
    SpectrogramTrunk,
    WordRecurrence,
    WordTransformer,
)
from vggsound_omni.encoders.foleyworld.words import numbers as word_numbers
from vggsound_omni.encoders.foleyworld.words import vocabulary
from vggsound_omni.suites.foleyworld.scene import Captions


class AudioText(Contrastive):
    """Sound and text. Two architectures and front ends, so that two of them agree only where they should."""

    def __init__(self, architecture: Literal["convolution", "attention"], words: int) -> None:
        super().__init__()
        convolution = architecture == "convolution"
        self.front_end = LOG_MEL if convolution else ROOT_BARK
        self.audio = SpectrogramTrunk(192) if convolution else SpectrogramTransformer(192)
        self.audio_out = Pool(192, WIDTH)
        self.text: nn.Module = WordTransformer(words, WIDTH) if convolution else WordRecurrence(words, WIDTH)
        self.text_out = nn.Linear(WIDTH, WIDTH)

    def read(self, words_bt: Tensor) -> Tensor:
        """(b, t) word numbers to unit vectors (b, d)."""
        return F.normalize(self.text_out(self.text(words_bt)), dim=-1)


class AudioTextRecipe(Recipe):
    """Captions of every kind: one in three dense, one in ten the labels."""

    def __init__(
        self, name: str, kind: str, architecture: Literal["convolution", "attention"], rate: float, seed: int
    ) -> None:
        self.name, self.kind = name, kind
        self.schedule = Schedule(steps=2200, batch=96, rate=rate, seed=seed)
        self._architecture: Literal["convolution", "attention"] = architecture
        self._words = vocabulary()

    def network(self) -> AudioText:
        """A new pair."""
        return AudioText(self._architecture, len(self._words) + 2)

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """InfoNCE, in nats."""
        assert isinstance(network, AudioText)
        draws = torch.rand(len(numbers), generator=generator).tolist()
        texts = []
        for n, draw in zip(numbers, draws, strict=True):
            captions = clips.scenes[n].captions
            texts.append(_said(captions, draw))
        same = torch.tensor([[a == b for b in texts] for a in texts])
        mel = clips.drawn(numbers, generator, network.front_end)
        return network.infonce(network.hear(mel), network.read(word_numbers(texts, self._words)), same)

    def facts(self) -> dict[str, Any]:
        """Architecture and vocabulary."""
        return {"architecture": self._architecture, "words": self._words}

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Recall at 1 of sounds for dense captions, among 64 scenes with different captions."""
        assert isinstance(network, AudioText)
        heard = torch.cat([network.hear(mel.float()) for mel in clips.spectra(network.front_end).split(64)])
        texts = [one.captions.dense for one in clips.scenes]
        read = torch.cat([network.read(word_numbers(texts[i : i + 64], self._words)) for i in range(0, len(texts), 64)])
        return {"text-to-audio recall at 1 of 64": recall_at_1(read, heard, texts)}


def _said(captions: Captions, draw: float) -> str:
    """One of a scene's captions, for a draw in [0, 1)."""
    shares = (
        *((0.34, captions.dense), (0.54, captions.paraphrase), (0.68, captions.plain)),
        *((0.8, captions.brief), (0.9, captions.timed)),
    )
    return next((text for share, text in shares if draw < share), captions.label)
