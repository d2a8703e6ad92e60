"""Contrastive pairs: two of sound and text (the CLAP kind), one of sound and picture (the ImageBind kind)."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from .augment import loudness, masked
from .clips import Clips
from .recipe import Schedule
from .towers import FrameTrunk, Pool, SpectrogramTransformer, SpectrogramTrunk, WordRecurrence, WordTransformer
from .words import numbers as word_numbers
from .words import vocabulary

EVERY = 4
"""The picture tower looks at every fourth frame, and the one before it."""
WIDTH = 128
"""Of the shared space."""


class Contrastive(nn.Module):
    """Two towers into one space, compared by cosine; trained by the symmetric InfoNCE loss (Radford et al., 2021)."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def hear(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to unit vectors (b, d)."""
        raise NotImplementedError

    def infonce(self, first_bd: Tensor, second_bd: Tensor, same_bb: Tensor) -> Tensor:
        """Cross-entropy in both directions; pairs marked in ``same_bb`` say the same and are no negatives."""
        logits = self.scale.clamp(max=math.log(100.0)).exp() * first_bd @ second_bd.T
        logits = logits.masked_fill(same_bb & ~torch.eye(len(logits), dtype=torch.bool), -1e4)
        target = torch.arange(len(logits))
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


class AudioText(Contrastive):
    """Sound and text. Two architectures, so that two of them agree only where they should."""

    def __init__(self, architecture: Literal["convolution", "attention"], words: int) -> None:
        super().__init__()
        convolution = architecture == "convolution"
        self.audio: nn.Module = SpectrogramTrunk(192) if convolution else SpectrogramTransformer(192)
        self.audio_out = Pool(192, WIDTH)
        self.text: nn.Module = WordTransformer(words, WIDTH) if convolution else WordRecurrence(words, WIDTH)
        self.text_out = nn.Linear(WIDTH, WIDTH)

    def hear(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to unit vectors (b, d)."""
        return F.normalize(self.audio_out(self.audio(mel_btm)), dim=-1)

    def read(self, words_bt: Tensor) -> Tensor:
        """(b, t) word numbers to unit vectors (b, d)."""
        return F.normalize(self.text_out(self.text(words_bt)), dim=-1)


class AudioVideo(Contrastive):
    """Sound and picture."""

    def __init__(self) -> None:
        super().__init__()
        self.audio = SpectrogramTrunk(192)
        self.audio_out = Pool(192, WIDTH)
        self.video = FrameTrunk(192)
        self.video_time = nn.GRU(192, 96, batch_first=True, bidirectional=True)
        self.video_out = Pool(192, WIDTH)

    def hear(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to unit vectors (b, d)."""
        return F.normalize(self.audio_out(self.audio(mel_btm)), dim=-1)

    def see(self, frames: Tensor) -> Tensor:
        """(b, t, height, width, 3) uint8 at the front end's rate to unit vectors (b, d)."""
        return F.normalize(self.video_out(self.video_time(self.video(frames, EVERY))[0]), dim=-1)


class AudioTextRecipe:
    """Dense captions, paraphrases and, one time in ten, labels."""

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

    def choose(self, clips: Clips) -> list[int]:
        """All scenes."""
        return list(range(len(clips)))

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """InfoNCE, in nats."""
        assert isinstance(network, AudioText)
        draws = torch.rand(len(numbers), generator=generator).tolist()
        texts = []
        for n, draw in zip(numbers, draws, strict=True):
            captions = clips.scenes[n].captions
            texts.append(captions.dense if draw < 0.5 else captions.paraphrase if draw < 0.9 else captions.label)
        same = torch.tensor([[a == b for b in texts] for a in texts])
        mel = masked(loudness(clips.mels[numbers].float(), generator), generator)
        return network.infonce(network.hear(mel), network.read(word_numbers(texts, self._words)), same)

    def facts(self) -> dict[str, Any]:
        """Architecture and vocabulary."""
        return {"architecture": self._architecture, "words": self._words}

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Recall at 1 of sounds for dense captions, among 64 scenes with different captions."""
        assert isinstance(network, AudioText)
        heard = torch.cat([network.hear(mel.float()) for mel in clips.mels.split(64)])
        texts = [one.captions.dense for one in clips.scenes]
        read = torch.cat([network.read(word_numbers(texts[i : i + 64], self._words)) for i in range(0, len(texts), 64)])
        return {"text-to-audio recall at 1 of 64": recall_at_1(read, heard, texts)}


class AudioVideoRecipe:
    """Scenes whose sources are in the picture."""

    name = "audiovisual"
    kind = "audio-visual pair, of the ImageBind kind"
    schedule = Schedule(steps=1000, batch=64, rate=2e-3)

    def network(self) -> AudioVideo:
        """A new pair."""
        return AudioVideo()

    def choose(self, clips: Clips) -> list[int]:
        """Scenes with something seen and heard."""
        return clips.where(("main", "bgm"))

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """InfoNCE, in nats."""
        assert isinstance(network, AudioVideo)
        mel = masked(loudness(clips.mels[numbers].float(), generator), generator)
        same = torch.zeros(len(numbers), len(numbers), dtype=torch.bool)
        return network.infonce(network.hear(mel), network.see(clips.frames(numbers)), same)

    def facts(self) -> dict[str, Any]:
        """Nothing more."""
        return {}

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Recall at 1 of sounds for pictures, among 64 scenes with different captions."""
        assert isinstance(network, AudioVideo)
        chosen = clips.where(("main",))
        heard = torch.cat([network.hear(clips.mels[chosen[i : i + 32]].float()) for i in range(0, len(chosen), 32)])
        seen = torch.cat([network.see(clips.frames(chosen[i : i + 32])) for i in range(0, len(chosen), 32)])
        texts = [clips.scenes[n].captions.dense for n in chosen]
        return {"video-to-audio recall at 1 of 64": recall_at_1(seen, heard, texts)}


def recall_at_1(query: Tensor, found: Tensor, texts: list[str], among: int = 64, draws: int = 50) -> float:
    """Share of queries whose own partner is the nearest of ``among`` with different texts, over seeded draws."""
    generator = torch.Generator().manual_seed(0)
    first = sorted({text: n for n, text in reversed(list(enumerate(texts)))}.values())
    hits = []
    for _ in range(draws):
        chosen = torch.tensor(first)[torch.randperm(len(first), generator=generator)[:among]]
        nearest = (query[chosen] @ found[chosen].T).argmax(1)
        hits.append((nearest == torch.arange(len(chosen))).float().mean())
    return float(torch.stack(hits).mean())
