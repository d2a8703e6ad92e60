"""The aesthetics regressor, of the Audiobox Aesthetics kind: four axes from 1 to 10.

The axes are defined by what was done to a sound and what is in it, not by listeners:

* PQ, production quality: 10 for an untouched clip, falling with the severity of damage to 1.
* PC, production complexity: how much goes on, from the number of sources and music.
* CU, content usefulness: as PQ, less where several sources lie over each other.
* CE, content enjoyment: as PQ, more where there is music.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.frontend import log_mel
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import Pool, SpectrogramTrunk
from vggsound_omni.suites.foleyworld import Scene

from .degrade import DAMAGES, Damaged, damaged, treat

AXES = ("pq", "pc", "cu", "ce")
_CODED = 0.25
"""Share of training clips that went through a codec instead."""
_SEVERITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""At which held-out clips are damaged."""


class Aesthetics(nn.Module):
    """Convolutions, pooled, and one number for each axis."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.trunk = SpectrogramTrunk(width)
        self.pool = Pool(width, width)
        self.axes = nn.Linear(width, len(AXES))

    def forward(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) to (b, axes), 1 to 10."""
        return 1 + 9 * torch.sigmoid(self.axes(torch.relu(self.pool(self.trunk(mel_btm)))))


class AestheticsRecipe(Recipe):
    """Drawn damage of a drawn severity on every clip."""

    name = "aesthetics"
    kind = "aesthetics regressor, of the Audiobox Aesthetics kind"
    schedule = Schedule(steps=3600, batch=32, rate=2e-3)

    def network(self) -> Aesthetics:
        """A new regressor."""
        return Aesthetics()

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """Mean squared error over the axes. Clips of noise and silence are worth the least."""
        treated = [damaged(samples, generator) for samples in clips.samples(numbers)]
        for row in (torch.rand(len(numbers), generator=generator) < _CODED).nonzero()[:, 0].tolist():
            samples, treatment = clips.treated(numbers[row])
            treated[row] = Damaged(samples=samples, severity=treatment.severity, kind=treatment.codec)
        target = torch.stack([axes(clips.scenes[n], one.severity) for n, one in zip(numbers, treated, strict=True)])
        level = 10 ** (torch.rand(len(numbers), 1, generator=generator) * 1.0 - 0.5)
        samples = torch.stack([one.samples for one in treated]) * level
        nothing = torch.rand(len(numbers), generator=generator) < 0.06
        hiss = torch.randn(samples.shape, generator=generator)
        loud = 10 ** (-6 * torch.rand(len(numbers), 1, generator=generator))
        samples = torch.where(nothing[:, None], hiss * loud, samples)
        target[nothing] = 1.0
        return F.mse_loss(network(log_mel(samples.clamp(-1, 1))), target)

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Spearman's correlation of PQ with severity, reversed.

        Ranking: of one clip at five severities of one kind of damage, the mean over clips and kinds, and the least mean
        of any kind. Pooled: over all of them at once, where it counts too that the same severity spoils one clip more
        than another (a bell has nothing above 4 kHz to lose).
        """
        generator = torch.Generator().manual_seed(0)
        quality = np.empty((len(DAMAGES), len(clips), len(_SEVERITIES)))
        for start in range(0, len(clips), 16):
            batch = clips.samples(range(start, min(start + 16, len(clips))))
            for k, kind in enumerate(DAMAGES):
                for level, severity in enumerate(_SEVERITIES):
                    treated = torch.stack([treat(kind, samples, severity, generator) for samples in batch])
                    found = network(log_mel(treated.clamp(-1, 1)))[:, 0]
                    quality[k, start : start + len(batch), level] = found.numpy()
        falling = -np.array(_SEVERITIES)
        ranking = np.array([[spearmanr(falling, clip).statistic for clip in clips_of] for clips_of in quality]).mean(1)
        pooled = spearmanr(np.broadcast_to(falling, quality.shape).ravel(), quality.ravel()).statistic
        return {
            "quality ranking, Spearman": float(ranking.mean()),
            "least of any damage": float(ranking.min()),
            "pooled over clips": float(pooled),
        }


def axes(scene: Scene, severity: float) -> Tensor:
    """What a clip of a scene is worth after damage, on every axis, 1 to 10."""
    quality = 1.0 if severity == 0 else 0.9 * (1 - severity)  # the least that is heard costs a tenth
    sources, music = len(scene.heard), scene.music is not None
    together = 0.85 if sources + music > 1 else 1.0
    pleasant = 1.0 if music else 0.8
    complexity = min((sources - 1) * 0.3 + 0.15 + 0.3 * music, 1.0)
    return 1 + 9 * torch.tensor([quality, complexity, quality * together, quality * pleasant])
