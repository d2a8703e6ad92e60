"""PANNs Cnn14 at 16 kHz: tags of AudioSet and 2048 numbers for a clip.

Kong et al., "PANNs: large-scale pretrained audio neural networks for audio pattern recognition", arXiv 1912.10211.
Parameters bear the names of ``Cnn14_16k_mAP=0.438.pth``.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.encoders.pretrained.htsat import LogMel
from vggsound_omni.encoders.pretrained.kits import audio_input
from vggsound_omni.encoders.pretrained.port import Port

from .spec import SPEC

SAMPLE_RATE = 16_000
FFT, HOP, MELS = 512, 160, 64
LOWEST, HIGHEST = 50.0, 8000.0
"""Hz, where the first band begins and the last ends."""
CLASSES = 527
"""Of AudioSet."""
_CHANNELS = (64, 128, 256, 512, 1024, 2048)
SHORTEST = (2 ** (len(_CHANNELS) - 1) - 1) * HOP
"""Samples, 0.31 s: 32 spectra, halved five times, leave one."""
_AT_ONCE = 64 * SAMPLE_RATE
"""Samples, over all clips, that the network is given at once; a single clip may be longer."""


class ConvBlock(nn.Module):
    """Two convolutions, each normalised and rectified."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, maps: Tensor) -> Tensor:
        """(batch, width, time, mel) to (batch, channels, time, mel)."""
        maps = F.relu(self.bn1(self.conv1(maps)), inplace=True)
        return F.relu(self.bn2(self.conv2(maps)), inplace=True)


class Cnn14(nn.Module):
    """Six blocks over the spectrogram, pooled, and two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm1d(MELS)
        for number, (width, channels) in enumerate(zip((1, *_CHANNELS), _CHANNELS, strict=False), 1):
            self.add_module(f"conv_block{number}", ConvBlock(width, channels))
        self.fc1 = nn.Linear(_CHANNELS[-1], _CHANNELS[-1])
        self.fc_audioset = nn.Linear(_CHANNELS[-1], CLASSES)

    @property
    def blocks(self) -> list[nn.Module]:
        """The six, in order."""
        return [self.get_submodule(f"conv_block{number}") for number in range(1, len(_CHANNELS) + 1)]

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts the blocks; what scales the spectrogram and what pools stays in float32."""
        for block in self.blocks:
            block.to(dtype)

    def forward(self, decibels: Tensor) -> tuple[Tensor, Tensor]:
        """Spectra (batch, frames, 64) of :class:`LogMel` to embeddings (batch, 2048) and logits (batch, 527)."""
        *halving, last = self.blocks
        maps = self.bn0(decibels.transpose(1, 2)).transpose(1, 2)[:, None]
        maps = maps.to(next(last.parameters()).dtype)
        for block in halving:
            maps = F.avg_pool2d(block(maps), 2)
        over_time = last(maps).float().mean(3)
        embedding = F.relu(self.fc1(over_time.amax(2) + over_time.mean(2)))
        return embedding, self.fc_audioset(embedding)


def front_end() -> LogMel:
    """Makes what turns samples (batch, n) into spectra (batch, 1 + n // 160, 64) in dB."""
    return LogMel(SAMPLE_RATE, HOP, LOWEST, HIGHEST, FFT)


class PannsEncoder(Port):
    """PANNs Cnn14 as an encoder: mono sound at 16 kHz to ``embedding`` and ``logits``.

    Both kits hear all that they are given, without padding; ``av-benchmark`` gives the first 8 s with the mean of the
    whole file taken off (:attr:`audio_input`). The logits come before the sigmoid that the network was trained with; KL
    and IS take their softmax, by the field's convention. Sound shorter than 0.31 s is refused.
    """

    spec = SPEC
    kind = "tagger"
    trained_on = "AudioSet's sound and tags (Q. Kong and others)"

    def build(self) -> dict[str, Any]:
        """Loads the network."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, remove_dc=True)
        self.network = self.load(Cnn14, _own_key, cast=Cnn14.body_to)
        self.front_end = front_end().to(self.device)
        return {"sample_rate": SAMPLE_RATE, "window": FFT, "hop": HOP, "mels": MELS}

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``embedding`` (batch, 2048) and ``logits`` (batch, 527).

        Raises:
            UserError: shorter than 0.31 s, or not finite.
        """
        check(samples, "PANNs", SAMPLE_RATE, SHORTEST)
        some = samples.to(self.device).split(max(1, _AT_ONCE // samples.shape[-1]))
        embeddings, logits = zip(*(self.network(self.front_end(clips)) for clips in some), strict=True)
        return {"embedding": torch.cat(embeddings).cpu(), "logits": torch.cat(logits).cpu()}


def _own_key(published: str) -> str | None:
    return None if published.startswith(("spectrogram_extractor.", "logmel_extractor.")) else published
