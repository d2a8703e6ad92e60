"""The tagger, of the PANNs kind: what is heard, clip embeddings, and patch embeddings of the VGGish kind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.augment import loudness, masked
from vggsound_omni.encoders.foleyworld.clips import TAGS, Clips
from vggsound_omni.encoders.foleyworld.frontend import log_mel
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import Pool, SpectrogramTrunk
from vggsound_omni.suites.foleyworld.scene import DURATION, SAMPLE_RATE

_FRAMES_A_PATCH = 3
"""0.96 s, as VGGish has it."""


class Tagger(nn.Module):
    """Convolutions, pooled into a clip embedding, and one linear layer for the tags."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.trunk = SpectrogramTrunk(width)
        self.pool = Pool(width, width)
        self.tags = nn.Linear(width, len(TAGS))

    def forward(self, mel_btm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, t, m) to logits (b, tags), embeddings (b, d), and patches (b, t / 48, d) of 0.96 s each.

        Embeddings and patches are taken before their activation, as VGGish's are: after it many are always zero.
        """
        frames = self.trunk.before_relu(mel_btm)
        embedding = self.pool(torch.relu(frames))
        whole = frames.shape[1] // _FRAMES_A_PATCH * _FRAMES_A_PATCH
        patches = frames[:, :whole].unflatten(1, (-1, _FRAMES_A_PATCH)).mean(2)
        return self.tags(F.dropout(torch.relu(embedding), 0.2, self.training)), embedding, patches


class TaggerRecipe(Recipe):
    """Binary cross-entropy over all tags; silence and noise have none."""

    name = "tagger"
    kind = "tagger, of the PANNs kind"
    schedule = Schedule(steps=2600, batch=48, rate=2e-3)

    def network(self) -> Tagger:
        """A new tagger."""
        return Tagger()

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """Binary cross-entropy, in nats a tag."""
        mel = masked(loudness(clips.mels[numbers].float(), generator), generator)
        tags = clips.tags[numbers].clone()
        nothing = torch.rand(len(numbers), generator=generator) < 0.04
        if nothing.any():
            mel[nothing] = log_mel(_steady_noise(int(nothing.sum()), generator))
            tags[nothing] = 0
        return F.binary_cross_entropy_with_logits(network(mel)[0], tags)

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Mean average precision over the classes, unweighted."""
        logits = torch.cat([network(mel.float())[0] for mel in clips.mels.split(64)]).numpy()
        truth = clips.tags.numpy()
        precision = [average_precision(truth[:, k] > 0, logits[:, k]) for k in range(len(TAGS))]
        return {"mean average precision": float(np.mean(precision))}


def _steady_noise(count: int, generator: Generator) -> Tensor:
    """(count, samples) of noise that falls by 0 to 6 dB an octave, from the edge of silence to loud."""
    length = round(DURATION * SAMPLE_RATE)
    spectrum = torch.fft.rfft(torch.randn(count, length, generator=generator))
    slope = torch.rand(count, 1, generator=generator)
    shaped = torch.fft.irfft(spectrum * torch.arange(1, spectrum.shape[1] + 1) ** -slope, length)
    level = 10 ** (-4.5 + 4 * torch.rand(count, 1, generator=generator))
    return shaped / shaped.square().mean(1, keepdim=True).sqrt() * level


def average_precision(truth: npt.NDArray[np.bool_], score: npt.NDArray[np.float32]) -> float:
    """Area under the precision-recall curve as a sum over the positives, ranked by falling score."""
    ranked = truth[np.argsort(-score, kind="stable")]
    return float(np.mean((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked]))
