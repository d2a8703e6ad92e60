"""Audiobox Aesthetics: four judgements of a sound, each from about 1 to 10, from a WavLM and a small network an axis.

Tjandra et al., "Meta Audiobox Aesthetics", arXiv 2502.05139. Parameters bear the names of ``model.safetensors``.
"""

from __future__ import annotations

import json
import math
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.encoders.pretrained.kits import audio_input
from vggsound_omni.encoders.pretrained.port import Port
from vggsound_omni.errors import UserError

from .spec import SPEC
from .wavlm import DEPTH, WIDTH, WavLm

SAMPLE_RATE = 16_000
AXES = ("CE", "CU", "PC", "PQ")
"""Content enjoyment, content usefulness, production complexity, production quality."""
WINDOW = 10 * SAMPLE_RATE
"""Samples of a window; the next begins where it ends."""
FRAMES = 499
"""States that WavLM has of a window."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From what a network says to what listeners said: times the deviation, plus the mean."""

    mean: float
    std: float


PUBLISHED_SCALES = {
    "CE": Scale(mean=5.06865, std=1.93029),
    "CU": Scale(mean=5.73633, std=1.75669),
    "PC": Scale(mean=3.18591, std=1.86637),
    "PQ": Scale(mean=6.57505, std=1.51466),
}
"""As a public converter of the published file quotes them; taken where nothing beside the weights says otherwise."""


class Aesthetics(nn.Module):
    """WavLM's states, mixed by learned weights, averaged over the sound, brought to length 1, and judged; by axis."""

    def __init__(self) -> None:
        super().__init__()
        self.wavlm_model = WavLm()
        self.layer_weights = nn.ParameterDict({axis: nn.Parameter(torch.empty(DEPTH + 1)) for axis in AXES})
        self.proj_layer = nn.ModuleDict({axis: _judge() for axis in AXES})

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts WavLM; what mixes, averages and judges stays in float32."""
        self.wavlm_model.to(dtype)

    def forward(self, windows: Tensor, valid: Tensor) -> Tensor:
        """To (windows, 4), in the order of :data:`AXES`, before the scale.

        Args:
            windows: (windows, 160000).
            valid: (windows, 499) bool, frames that hold sound: the first few of each.
        """
        states = self.wavlm_model(windows, valid)
        share = (valid / valid.sum(1, keepdim=True))[:, : states[0].shape[1]]
        means = torch.stack([torch.einsum("wfd,wf->wd", state.float(), share) for state in states])
        raw = []
        for axis in AXES:
            mixed = torch.einsum("s,swd->wd", self.layer_weights[axis].softmax(0), means)
            raw.append(self.proj_layer[axis](F.normalize(mixed)))
        return torch.cat(raw, 1)


def _judge() -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH), nn.GELU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 1))


def windowed(samples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cuts sound into windows, zeros behind the last.

    Args:
        samples: (batch, n), 1 at least.

    Returns:
        The windows (batch, count, 160000); which frames hold sound (count, 499), those of which any sample does, at
        320 samples a frame; and the share of each window that is sound (count,).
    """
    length = samples.shape[1]
    count = -(-length // WINDOW)
    windows = F.pad(samples, (0, count * WINDOW - length)).unflatten(1, (count, WINDOW))
    sound = torch.full((count,), WINDOW, device=samples.device)
    sound[-1] = length - (count - 1) * WINDOW
    begins = torch.arange(FRAMES, device=samples.device) * (WINDOW // FRAMES)
    return windows, begins < sound[:, None], sound / WINDOW


class AudioboxEncoder(Port):
    """Audiobox Aesthetics as an encoder: mono sound at 16 kHz to ``ce``, ``cu``, ``pc`` and ``pq``.

    Both kits follow the publisher: windows of 10 s, zeros behind the last; the mean over windows, each scaled
    first, weighted by how much of it is sound. The zeros are not neutral (the first convolution is normalised over
    time), but the published scores are made with them. Sound of any length is judged, as is silence.
    """

    spec = SPEC
    kind = "aesthetics regressor"
    trained_on = "speech, music and sound with ratings of listeners on four axes (Meta)"

    def build(self) -> dict[str, Any]:
        """Loads the network from ``model.safetensors``, with its ``config.json`` beside it, or ``checkpoint.pt``."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, seconds=None)
        self.network = self.load(Aesthetics, _own_key, cast=Aesthetics.body_to)
        self.scales = read_scales(self.checkpoint)
        self._mean = torch.tensor([self.scales[axis].mean for axis in AXES], device=self.device)
        self._std = torch.tensor([self.scales[axis].std for axis in AXES], device=self.device)
        scales = {axis: [scale.mean, scale.std] for axis, scale in self.scales.items()}
        return {"sample_rate": SAMPLE_RATE, "window": WINDOW, "scales": scales}

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``ce``, ``cu``, ``pc`` and ``pq``, (batch,) each.

        Raises:
            UserError: no sample at all, or not finite.
        """
        check(samples, "Audiobox Aesthetics", SAMPLE_RATE, 1)
        windows, valid, weights = windowed(samples.to(self.device))
        frames = valid.expand(len(windows), -1, -1).flatten(0, 1)
        pairs = zip(windows.flatten(0, 1).split(self.at_once(2, 32)), frames.split(self.at_once(2, 32)), strict=True)
        raw = torch.cat([self.network(some, of_some) for some, of_some in pairs]).unflatten(0, windows.shape[:2])
        scores = torch.einsum("bwa,w->ba", raw * self._std + self._mean, weights / weights.sum())
        return {axis.lower(): scores[:, k].cpu() for k, axis in enumerate(AXES)}


def read_scales(checkpoint: Path) -> dict[str, Scale]:
    """The scales of the axes: of ``config.json`` beside the checkpoint, or in the torch file, or those in print.

    Raises:
        UserError: a ``target_transform`` that is not a mean and a deviation for each axis.
    """
    config = checkpoint.parent / "config.json"
    source, content = config, {}
    try:
        if config.is_file():
            content = json.loads(config.read_text(encoding="utf-8"))
        elif checkpoint.suffix != ".safetensors":
            mapped = zipfile.is_zipfile(checkpoint)
            source, content = checkpoint, torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=mapped)
        scales = _found(content) if "target_transform" in content else PUBLISHED_SCALES
    except (ValueError, KeyError, TypeError, RuntimeError, OverflowError, pickle.UnpicklingError) as error:
        raise UserError(
            f"{source} has no mean and std for each of {', '.join(AXES)} under target_transform; "
            f"place the publisher's config.json in {config.parent}."
        ) from error
    return scales


def _found(content: dict[str, Any]) -> dict[str, Scale]:
    table = content["target_transform"]
    scales = {axis: Scale(mean=float(table[axis]["mean"]), std=float(table[axis]["std"])) for axis in AXES}
    if not all(math.isfinite(scale.mean) and 0 < scale.std < math.inf for scale in scales.values()):
        raise ValueError("scales must be finite, and deviations above 0")
    return scales


def _own_key(published: str) -> str | None:
    """None for the embedding of masked frames, which only training uses."""
    return None if published == "wavlm_model.mask_emb" else published
