"""VGGish: 128 numbers for every 0.96 s of sound, the rows of the Frechet audio distance.

Hershey et al., "CNN architectures for large-scale audio classification", arXiv 1609.09430; Kilgour et al., "Frechet
audio distance", arXiv 1812.08466. Parameters bear the names of ``vggish-10086976.pth``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.encoders.pretrained.kits import audio_input
from vggsound_omni.encoders.pretrained.port import Port

from .spec import SPEC

SAMPLE_RATE = 16_000
WINDOW, HOP, FFT, MELS = 400, 160, 512, 64
FRAMES = 96
"""Spectra of a patch, 0.96 s."""
LOWEST, HIGHEST = 125.0, 7500.0
"""Hz, where the first band begins and the last ends."""
SHORTEST = WINDOW + (FRAMES - 1) * HOP
"""Samples of one patch, 0.975 s."""
_AT_ONCE = 64
"""Patches that the network is given at once."""


class LogMel(nn.Module):
    """Patches of magnitude in mel bands, natural logarithm; in float64, as the publisher computes it."""

    window: Tensor
    bands: Tensor

    def __init__(self, floor: float = 0.01) -> None:
        super().__init__()
        self.floor = floor
        self.register_buffer("window", torch.hann_window(WINDOW, periodic=True, dtype=torch.float64))
        self.register_buffer("bands", _mel_bands())

    def forward(self, samples: Tensor) -> Tensor:
        """(batch, n) to (batch, patches, 96, 64) float32; samples that fill no patch are left out."""
        log_mel = self.frames(samples)
        patches = log_mel.shape[1] // FRAMES
        return log_mel[:, : patches * FRAMES].unflatten(1, (patches, FRAMES))

    def frames(self, samples: Tensor) -> Tensor:
        """(batch, n) to (batch, frames, 64) float32, a frame every 10 ms."""
        frames = samples.double().unfold(-1, WINDOW, HOP)
        magnitude = torch.fft.rfft(frames * self.window, FFT).abs()
        return torch.log(magnitude @ self.bands + self.floor).float()


def _mel_bands() -> Tensor:
    """(257, 64): triangles of height 1 whose sides are straight on the mel scale 1127 ln(1 + f / 700), without DC."""
    frequency = torch.linspace(0, SAMPLE_RATE / 2, FFT // 2 + 1, dtype=torch.float64)
    lowest, highest = _mel(torch.tensor([LOWEST, HIGHEST], dtype=torch.float64)).tolist()
    corners = torch.linspace(lowest, highest, MELS + 2, dtype=torch.float64)
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    mel = _mel(frequency)[:, None]
    bands = torch.minimum((mel - left) / (centre - left), (right - mel) / (right - centre)).clamp(min=0)
    bands[0] = 0
    return bands


def _mel(hertz: Tensor) -> Tensor:
    return 1127 * torch.log1p(hertz / 700)


class Vggish(nn.Module):
    """Six convolutions and three linear layers; the last one's values as they are, without ReLU, PCA or rounding."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for channels in (64, 128, (256, 256), (512, 512)):
            for out in channels if isinstance(channels, tuple) else (channels,):
                layers += [nn.Conv2d(width, out, 3, padding=1), nn.ReLU(inplace=True)]
                width = out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(width * (FRAMES // 16) * (MELS // 16), 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 128),
        )

    def forward(self, patches: Tensor) -> Tensor:
        """(patches, 96, 64) to (patches, 128)."""
        maps = self.features(patches[:, None])
        embedding: Tensor = self.embeddings(maps.permute(0, 2, 3, 1).flatten(1))  # time, mel, channel
        return embedding


class VggishEncoder(Port):
    """VGGish as an encoder: mono sound at 16 kHz to ``patches``, a row of 128 for each 0.96 s.

    ``av-benchmark`` gives the first 8 s with the mean of the whole file taken off (:attr:`audio_input`).
    Sound shorter than 0.975 s has no patch and is refused, where others let it vanish from the distance. What lies
    behind the last whole patch is not heard. Silence has the patches of a constant log-mel of ln(0.01).
    """

    spec = SPEC
    kind = "tagger's features for each 0.96 s"
    trained_on = "sound of YouTube-8M, tags of its videos (Google; converted for torch by H. Taylor)"

    def build(self) -> dict[str, Any]:
        """Loads the network; its front end is exact in any number format."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, remove_dc=True)
        self.network = self.load(Vggish)
        self.front_end = LogMel().to(self.device)
        return {"sample_rate": SAMPLE_RATE, "window": WINDOW, "hop": HOP, "mels": MELS, "patch_frames": FRAMES}

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``patches`` (batch, patches, 128).

        Raises:
            UserError: shorter than 0.975 s, or not finite.
        """
        check(samples, "VGGish", SAMPLE_RATE, SHORTEST)
        log_mel = self.front_end(samples.to(self.device))
        some = log_mel.flatten(0, 1).to(self.dtype).split(_AT_ONCE)
        rows = torch.cat([self.network(patches).float() for patches in some])
        return {"patches": rows.unflatten(0, log_mel.shape[:2]).cpu()}
