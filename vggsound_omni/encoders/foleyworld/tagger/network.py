"""The tagger, of the PANNs kind: what is heard, clip embeddings, and patch embeddings of the VGGish kind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.augment import out_of_world
from vggsound_omni.encoders.foleyworld.clips import TAGS, Clips
from vggsound_omni.encoders.foleyworld.frontend import log_mel
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import Pool, SpectrogramTrunk

_BACKGROUND = 0.08
"""Share of training sounds that no class makes."""
_FRAMES_A_PATCH = 3
"""0.96 s, as VGGish has it."""


class Tagger(nn.Module):
    """Convolutions, pooled into a clip embedding, and one linear layer for the tags, at a temperature that fits."""

    temperature: Tensor

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.trunk = SpectrogramTrunk(width)
        self.pool = Pool(width, width)
        self.tags = nn.Linear(width, len(TAGS))
        self.register_buffer("temperature", torch.ones(()))

    def forward(self, mel_btm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(b, t, m) to logits (b, tags), embeddings (b, d), and patches (b, t / 48, d) of 0.96 s each.

        Embeddings and patches are taken before their activation, as VGGish's are: after it many are always zero.
        """
        frames = self.trunk.before_relu(mel_btm)
        embedding = self.pool(torch.relu(frames))
        whole = frames.shape[1] // _FRAMES_A_PATCH * _FRAMES_A_PATCH
        patches = frames[:, :whole].unflatten(1, (-1, _FRAMES_A_PATCH)).mean(2)
        logits = self.tags(F.dropout(torch.relu(embedding), 0.2, self.training))
        return logits / self.temperature, embedding, patches


class TaggerRecipe(Recipe):
    """Binary cross-entropy over all tags; silence, noise and sounds of no class are background."""

    name = "tagger"
    kind = "tagger, of the PANNs kind"
    schedule = Schedule(steps=2600, batch=48, rate=2e-3)

    def network(self) -> Tagger:
        """A new tagger."""
        return Tagger()

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """Binary cross-entropy, in nats a tag."""
        mel = clips.drawn(numbers, generator)
        tags = clips.tags[numbers].clone()
        nothing = torch.rand(len(numbers), generator=generator) < _BACKGROUND
        if nothing.any():
            mel[nothing] = log_mel(out_of_world(int(nothing.sum()), generator))
            tags[nothing] = 0
            tags[nothing, TAGS.index("background")] = 1
        return F.binary_cross_entropy_with_logits(network(mel)[0], tags)

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Mean average precision over the tags that occur at all, unweighted, and the softmax's cross-entropy."""
        strange = log_mel(out_of_world(len(clips) // 8, torch.Generator().manual_seed(0)))
        logits = torch.cat([network(mel.float())[0] for mel in (*clips.mels.split(64), *strange.split(64))])
        nothing = torch.zeros(len(strange), len(TAGS))
        nothing[:, TAGS.index("background")] = 1
        truth = torch.cat([clips.tags, nothing])
        precision = [
            average_precision(truth[:, k].numpy() > 0, logits[:, k].numpy())
            for k in range(len(TAGS))
            if truth[:, k].any()
        ]
        return {
            "mean average precision": float(np.mean(precision)),
            "cross-entropy of the softmax, nats": float(F.cross_entropy(logits, truth / truth.sum(1, keepdim=True))),
        }

    def calibrate(self, network: nn.Module, clips: Clips) -> None:
        """Chooses the temperature at which the softmax, which KL and IS take, fits the tags of held-out clips best."""
        assert isinstance(network, Tagger)
        logits = torch.cat([network(mel.float())[0] for mel in clips.mels.split(64)])
        target = clips.tags / clips.tags.sum(1, keepdim=True)
        tried = torch.logspace(-1, 1, 201)
        losses = torch.stack([F.cross_entropy(logits / one, target) for one in tried])
        network.temperature.fill_(tried[losses.argmin()])


def average_precision(truth: npt.NDArray[np.bool_], score: npt.NDArray[np.float32]) -> float:
    """Area under the precision-recall curve as a sum over the positives, of which there is one at least.

    Clips are ranked by falling score.
    """
    ranked = truth[np.argsort(-score, kind="stable")]
    return float(np.mean((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked]))
