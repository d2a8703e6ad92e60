"""Synchformer's ear: segments of 0.64 s as log-mel pictures, read by an audio spectrogram transformer.

Gong et al., "AST: Audio Spectrogram Transformer" (2021); Iashin et al., "Synchformer" (2024). All constants are
those of the published AudioSet model.
"""

from __future__ import annotations

import warnings

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.media._torchaudio import torchaudio

from .summary import Summary

SAMPLE_RATE = 16_000
SEGMENT = 10_240
"""Samples: 0.64 s, as long as 16 frames."""
STEP = SEGMENT // 2
WINDOW, HOP, FFT, MELS = 400, 160, 1024, 128
FRAMES = 66
MEAN, STD = -4.2677393, 4.5689974
WIDTH = 768
HEADS = 12
DEPTH = 12
PATCH, STRIDE = 16, 10
BANDS = (MELS - PATCH) // STRIDE + 1
TIMES = (FRAMES - PATCH) // STRIDE + 1
EPS = 1e-12


class LogMel(nn.Module):
    """Each segment by itself: power spectrum, 128 HTK mels, natural logarithm, normalised."""

    window: Tensor
    mels: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        with warnings.catch_warnings():  # the lowest triangles fall between the bins of the spectrum
            warnings.filterwarnings("ignore", "At least one mel filterbank has all zero values")
            bank = torchaudio.functional.melscale_fbanks(FFT // 2 + 1, 0.0, SAMPLE_RATE / 2, MELS, SAMPLE_RATE)
        self.register_buffer("mels", bank, persistent=False)

    def forward(self, segments: Tensor) -> Tensor:
        """(segments, 10240) to (segments, 128, 66). The last frame is an empty one, a zero beside logarithms."""
        spectrum = torch.stft(
            segments, FFT, HOP, WINDOW, self.window, center=True, pad_mode="reflect", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        mel = torch.log((power.transpose(1, 2) @ self.mels).transpose(1, 2) + 1e-6)
        return (F.pad(mel, (0, FRAMES - mel.shape[-1])) - MEAN) / (2 * STD)


class Layer(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layernorm_before = nn.LayerNorm(WIDTH, EPS)
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.layernorm_after = nn.LayerNorm(WIDTH, EPS)
        self.intermediate = nn.Linear(WIDTH, 4 * WIDTH)
        self.output = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, n, 768), replaced."""
        normed = self.layernorm_before(x)
        heads = (f(normed).unflatten(-1, (HEADS, -1)).transpose(1, 2) for f in (self.query, self.key, self.value))
        x = x + self.attended(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return x + self.output(F.gelu(self.intermediate(self.layernorm_after(x))))


class AudioTower(nn.Module):
    """Segments of log-mel to six features each."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.distillation_token = nn.Parameter(torch.empty(1, 1, WIDTH))
        self.position_embeddings = nn.Parameter(torch.empty(1, 2 + BANDS * TIMES, WIDTH))
        self.projection = nn.Conv2d(1, WIDTH, PATCH, STRIDE)
        self.layers = nn.ModuleList(Layer() for _ in range(DEPTH))
        self.layernorm = nn.LayerNorm(WIDTH, EPS)
        self.freq_attn_agg = Summary()

    def forward(self, mel: Tensor) -> Tensor:
        """(segments, 128, 66) to (segments, 6, 768)."""
        patches = self.projection(mel[:, None]).flatten(2).transpose(1, 2)  # bands outside, times inside
        tokens = (t.expand(len(mel), -1, -1) for t in (self.cls_token, self.distillation_token))
        x = torch.cat([*tokens, patches], 1) + self.position_embeddings
        for layer in self.layers:
            x = layer(x)
        by_time = self.layernorm(x[:, 2:]).unflatten(1, (BANDS, TIMES)).transpose(1, 2)
        return self.freq_attn_agg(by_time.flatten(0, 1)).unflatten(0, (-1, TIMES))


def own_key(key: str) -> str:
    """The tower's name of a tensor, from its published one without ``afeat_extractor.``."""
    for published, own in (
        ("ast.embeddings.patch_embeddings.", ""),
        ("ast.embeddings.", ""),
        ("ast.encoder.layer.", "layers."),
        ("ast.", ""),
        ("attention.attention.", ""),
        ("attention.output.dense", "attended"),
        (".dense", ""),
    ):
        key = key.replace(published, own)
    return key
