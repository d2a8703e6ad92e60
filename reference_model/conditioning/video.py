"""Encodes video with one small network to visual tokens (what is there) and synchronisation features (when it acts)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from reference_model.rates import LATENT_RATE, VISUAL_FPS

FRAME_FPS: Final = 12.5  # Hz, half the rate of latents
FRAME_PIXELS: Final = 64


@dataclass(frozen=True, kw_only=True)
class VideoConfig:
    """Sizes of the video encoder: channels of a visual token and of a synchronisation feature."""

    width: int
    sync_width: int


NANO: Final = VideoConfig(width=128, sync_width=64)


class VideoEncoder(nn.Module):
    """Convolutions over each frame and its difference from the previous one, then over time.

    Visual tokens are the features of the frame on screen at each eighth of a second. Synchronisation features have the
    rate of latents: two per frame.
    """

    def __init__(self, config: VideoConfig) -> None:
        super().__init__()
        self.config = config
        channels = (6, 32, 64, 96, 128)
        self.frames = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(a, b, size, 2 if b > 32 else 4, (size - 1) // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU()
                )
                for a, b, size in zip(channels, channels[1:], (8, 3, 3, 3), strict=False)
            )
        ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.flat = nn.Linear(128 * 4, config.width)
        self.time = nn.ModuleList(_TimeBlock(config.width, dilation) for dilation in (1, 2, 4))
        self.sync = nn.Sequential(
            nn.Conv1d(config.width, 2 * config.width, 3, padding=1), nn.GELU(), nn.Conv1d(
                2 * config.width, 2 * config.sync_width, 3, padding=1
            ),
        )  # fmt: skip

    def forward(
        self, frames: UInt8[Tensor, "b k 64 64 3"]
    ) -> tuple[Float[Tensor, "b f w"], Float[Tensor, "b n sync_w"]]:
        """Encodes k frames to visual tokens at ``VISUAL_FPS`` and synchronisation features at the rate of latents."""
        batch, count = frames.shape[:2]
        floats = frames.float() / 128 - 1
        before = torch.cat((floats[:, :1], floats[:, :-1]), dim=1)
        x = torch.cat((floats, 2 * (floats - before)), dim=-1).flatten(0, 1).permute(0, 3, 1, 2)
        features = self.flat(self.frames(x).flatten(1)).view(batch, count, -1).transpose(1, 2)
        for block in self.time:
            features = block(features)
        sync = self.sync(features).unflatten(1, (2, -1)).permute(0, 3, 1, 2).flatten(1, 2)
        return features.transpose(1, 2)[:, shown(count)], sync


def shown(count: int) -> list[int]:
    """Returns which of ``count`` frames at ``FRAME_FPS`` are on screen at each multiple of 1 / ``VISUAL_FPS``."""
    times = np.arange(int(np.ceil(count / FRAME_FPS * VISUAL_FPS))) / VISUAL_FPS
    return np.minimum(np.floor(times * FRAME_FPS + 1e-6), count - 1).astype(int).tolist()


def frames_for(latents: int) -> int:
    """Returns how many frames give this many synchronisation features, or one more."""
    return -(-latents * round(2 * FRAME_FPS) // (2 * LATENT_RATE))


class _TimeBlock(nn.Module):
    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, width)
        self.wide = nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation)
        self.out = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (b, w, k) to the same shape."""
        return x + self.out(torch.nn.functional.gelu(self.wide(self.norm(x))))
