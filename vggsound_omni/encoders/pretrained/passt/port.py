"""PaSST-S: tags of AudioSet and 768 numbers for a clip, from a transformer over patches of the spectrogram.

Koutini et al., "Efficient training of audio transformers with patchout", arXiv 2110.05069; Touvron et al., "Training
data-efficient image transformers and distillation through attention", arXiv 2012.12877. Parameters bear the names of
``passt-s-f128-p16-s10-ap.476-swa.pt``.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.encoders.pretrained.kits import audio_input
from vggsound_omni.encoders.pretrained.port import Port
from vggsound_omni.encoders.pretrained.transformer import Attention, Mlp
from vggsound_omni.encoders.pretrained.windows import spread
from vggsound_omni.media._torchaudio import torchaudio

from .spec import SPEC

SAMPLE_RATE = 32_000
WINDOW, HOP, FFT, MELS = 800, 320, 1024, 128
HIGHEST = 15_000.0
"""Hz, where the last band ends; the first begins at 0."""
CLASSES = 527
"""Of AudioSet."""
LONGEST = 10 * SAMPLE_RATE
"""Samples that the network's time embeddings reach for."""
_PATCH, _STRIDE = 16, 10
SHORTEST = 1 + (_PATCH - 1) * HOP
"""Samples, 0.15 s, that give 16 spectra, one column of patches."""
_WIDTH, _HEADS, _DEPTH = 768, 12, 12
_ROWS, _COLUMNS = 12, 99
"""Patches over frequency, and at most over time."""
_EPS = 1e-6
"""Of the layer norms; that of the head has 1e-5."""
_PRE_EMPHASIS = 0.97


class LogMel(nn.Module):
    """Power in Kaldi's mel bands after pre-emphasis, natural logarithm, shifted and scaled to about unit variance."""

    window: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW, periodic=False))
        bands, _ = torchaudio.compliance.kaldi.get_mel_banks(
            MELS, FFT, SAMPLE_RATE, 0.0, HIGHEST, vtln_low=100.0, vtln_high=-500.0, vtln_warp_factor=1.0
        )
        self.register_buffer("bands", F.pad(bands, (0, 1)))

    def forward(self, samples: Tensor) -> Tensor:
        """(batch, n) to (batch, 128, 1 + (n - 1) // 320), a spectrum for each 10 ms; pre-emphasis takes one sample."""
        emphasised = samples[:, 1:] - _PRE_EMPHASIS * samples[:, :-1]
        spectrum = torch.stft(
            emphasised, FFT, HOP, WINDOW, self.window, center=True, pad_mode="reflect", return_complex=True
        )
        power = spectrum.real.square() + spectrum.imag.square()
        return (torch.log(self.bands @ power + 1e-5) + 4.5) / 5


class Block(nn.Module):
    """One layer of the transformer, normalised before each part."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(_WIDTH, eps=_EPS)
        self.attn = Attention(_WIDTH, _HEADS)
        self.norm2 = nn.LayerNorm(_WIDTH, eps=_EPS)
        self.mlp = Mlp(_WIDTH)

    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, tokens, 768) to the same."""
        tokens = tokens + self.attn(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class PatchEmbedding(nn.Module):
    """Overlapping squares of 16 spectra by 16 bands, 10 apart."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(1, _WIDTH, _PATCH, stride=_STRIDE)

    def forward(self, spectra: Tensor) -> Tensor:
        """(batch, 128, frames) to (batch, 768, 12, columns)."""
        patches: Tensor = self.proj(spectra[:, None])
        return patches


class Passt(nn.Module):
    """The transformer, with separate embeddings of time and frequency, and two tokens that stand for the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, _WIDTH))
        self.dist_token = nn.Parameter(torch.empty(1, 1, _WIDTH))
        self.new_pos_embed = nn.Parameter(torch.empty(1, 2, _WIDTH))
        self.freq_new_pos_embed = nn.Parameter(torch.empty(1, _WIDTH, _ROWS, 1))
        self.time_new_pos_embed = nn.Parameter(torch.empty(1, _WIDTH, 1, _COLUMNS))
        self.patch_embed = PatchEmbedding()
        self.blocks = nn.Sequential(*(Block() for _ in range(_DEPTH)))
        self.norm = nn.LayerNorm(_WIDTH, eps=_EPS)
        self.head = nn.Sequential(nn.LayerNorm(_WIDTH), nn.Linear(_WIDTH, CLASSES))

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts the transformer; what embeds patches and what reads the two tokens stays in float32."""
        self.blocks.to(dtype)

    def forward(self, spectra: Tensor) -> tuple[Tensor, Tensor]:
        """Spectra (batch, 128, up to 1005 frames) to embeddings (batch, 768) and logits (batch, 527).

        Fewer than 99 columns of patches take the first embeddings of time.
        """
        patches = self.patch_embed(spectra)
        patches = patches + self.time_new_pos_embed[..., : patches.shape[-1]] + self.freq_new_pos_embed
        two = torch.cat([self.cls_token, self.dist_token], 1) + self.new_pos_embed
        tokens = torch.cat([two.expand(len(spectra), -1, -1), patches.flatten(2).transpose(1, 2)], 1)
        tokens = self.blocks(tokens.to(next(self.blocks.parameters()).dtype))
        embedding = self.norm(tokens[:, :2].float()).mean(1)
        return embedding, self.head(embedding)


def padded(samples: Tensor) -> Tensor:
    """(batch, n) to (batch, 320000): zeros behind it, or the first 10 s of it."""
    return F.pad(samples, (0, LONGEST - samples.shape[1]))


class PasstEncoder(Port):
    """PaSST-S as an encoder: mono sound at 32 kHz to ``embedding`` and ``logits``, before the sigmoid.

    ==============  ===================================================  ===========================================
    kit             ``omni``                                             ``av-benchmark``
    ==============  ===================================================  ===========================================
    mean            kept                                                 taken off before (:attr:`audio_input`)
    under 10 s      as it is: the embeddings of time end with the sound  zeros behind it, to 10 s
    over 10 s       as few windows of 10 s as cover it, evenly spread,   the first 10 s
                    their outputs averaged
    under 0.15 s    refused                                              zeros behind it
    ==============  ===================================================  ===========================================

    The network was trained with patches left out at random, and its author says that padding is not needed
    (kkoutini/passt_hear21#3): zeros are heard as a sound that stops. Without them 8 s also cost a fifth less.
    """

    spec = SPEC
    kind = "tagger"
    trained_on = "AudioSet's sound and tags, from DeiT's weights for ImageNet (K. Koutini and others)"

    def build(self) -> dict[str, Any]:
        """Loads the network."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, remove_dc=True)
        self.network = self.load(Passt, _own_key, cast=Passt.body_to)
        self.front_end = LogMel().to(self.device)
        zeros_to = LONGEST / SAMPLE_RATE if self.as_published else None
        cuts = {"zeros_to_seconds": zeros_to, "window": WINDOW, "hop": HOP}
        return {"sample_rate": SAMPLE_RATE, **cuts, "mels": MELS}

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``embedding`` (batch, 768) and ``logits`` (batch, 527).

        Raises:
            UserError: shorter than the kit allows, or not finite.
        """
        check(samples, "PaSST", SAMPLE_RATE, 1 if self.as_published else SHORTEST)
        samples = samples.to(self.device)
        windows = padded(samples)[:, None] if self.as_published else spread(samples, LONGEST)
        some = windows.flatten(0, 1).split(self.at_once(4, 64))
        embeddings, logits = zip(*(self.network(self.front_end(sound)) for sound in some), strict=True)
        shape = windows.shape[:2]
        embedding, logit = (torch.cat(rows).unflatten(0, shape).mean(1).cpu() for rows in (embeddings, logits))
        return {"embedding": embedding, "logits": logit}


def _own_key(published: str) -> str | None:
    return None if published.startswith("head_dist.") else published
