"""Kaldi's log-mel filterbank, as ImageBind hears it, batched."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.media._torchaudio import torchaudio

SAMPLE_RATE = 16_000
WINDOW, HOP, FFT, MELS = 400, 160, 512, 128
LOWEST = 20.0
"""Hz."""
FRAMES = 204
MEAN, STD = -4.268, 9.138
_PRE_EMPHASIS = 0.97


class Fbank(nn.Module):
    """Frames of 25 ms every 10 ms: less their mean, pre-emphasised, Hann window, power, 128 mels, natural logarithm."""

    window: Tensor
    mels: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW, periodic=False), persistent=False)
        bank, _ = torchaudio.compliance.kaldi.get_mel_banks(
            MELS, FFT, float(SAMPLE_RATE), LOWEST, 0.0, 100.0, -500.0, 1.0
        )
        self.register_buffer("mels", F.pad(bank, (0, 1)).T.contiguous(), persistent=False)

    def forward(self, clips: Tensor) -> Tensor:
        """(clips, samples), from 25 ms to 2.05 s, to (clips, 128, 204), normalised; what is missing is 0 before."""
        frames = clips.unfold(-1, WINDOW, HOP)
        frames = frames - frames.mean(-1, keepdim=True)
        frames = frames - _PRE_EMPHASIS * torch.cat([frames[..., :1], frames[..., :-1]], -1)
        power = torch.fft.rfft(frames * self.window, FFT).abs().square()
        mel = (power @ self.mels).clamp(min=torch.finfo(torch.float32).eps).log().transpose(1, 2)
        return (F.pad(mel, (0, FRAMES - mel.shape[-1])) - MEAN) / STD
