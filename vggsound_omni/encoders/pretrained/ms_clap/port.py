"""MS-CLAP 2023: sounds and captions in one space, by HTSAT and GPT-2.

Elizalde et al., "Natural language supervision for general-purpose audio representations", arXiv 2309.05767. The file
is ``CLAP_weights_2023.pth``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.encoders.pretrained.clap import Clap
from vggsound_omni.encoders.pretrained.htsat import FFT, Htsat, LogMel
from vggsound_omni.encoders.pretrained.kits import audio_input

from .spec import SPEC

SAMPLE_RATE = 44_100
WINDOW = 7 * SAMPLE_RATE
"""Samples that the network hears at once."""
FRONT_END_RATE, HOP, LOWEST, HIGHEST = 32_000, 320, 50.0, 14_000.0
"""The mel bands are made for 32 kHz and given 44.1 kHz: the publisher's settings disagree, and the weights are trained
so. In truth the bands lie between 69 Hz and 19.3 kHz, and spectra are 7.26 ms apart."""
WIDTH = 1024
_GPT2 = 768
_PAD = 0
"""GPT-2 has no padding; its first token, an exclamation mark, stands in."""
_END = "<|endoftext|>"
_MARKS = {_END: 50_256}


class Projection(nn.Module):
    """From a tower into the common space."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, WIDTH, bias=False)
        self.linear2 = nn.Linear(WIDTH, WIDTH, bias=False)
        self.layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width) to (batch, 1024)."""
        first = self.linear1(x)
        return self.layer_norm(first + self.linear2(F.gelu(first)))


class MsClap(nn.Module):
    """Both towers."""

    def __init__(self) -> None:
        from transformers import GPT2Config, GPT2Model

        super().__init__()
        self.htsat = Htsat(96, (2, 2, 6, 2), LogMel(FRONT_END_RATE, HOP, LOWEST, HIGHEST))
        self.audio_projection = Projection(self.htsat.width)
        self.gpt2: nn.Module = GPT2Model(GPT2Config())
        self.text_projection = Projection(_GPT2)

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts the towers; front end, pooling and projections stay in float32."""
        self.htsat.body_to(dtype)
        self.gpt2.to(dtype)

    def hear(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, 308700) to embeddings (batch, 1024) and logits (batch, 527)."""
        tokens = self.htsat(self.htsat.logmel_extractor(windows))
        return self.audio_projection(tokens.mean((1, 2))), self.htsat.tags(tokens)

    def read(self, tokens: Tensor) -> Tensor:
        """(batch, at most 77), 0 behind the shorter, to embeddings (batch, 1024).

        The state that stands for a text is at the count of its tokens other than 0, less one: its last, or as many
        before that as it has tokens 0 itself. Attention looks back only, so what is behind does not matter.
        """
        states = self.gpt2(input_ids=tokens, use_cache=False).last_hidden_state
        last = (tokens != _PAD).sum(1) - 1
        return self.text_projection(states[torch.arange(len(tokens), device=tokens.device), last].float())


class MsClapEncoder(Clap):
    """MS-CLAP 2023 as an encoder: sound at 44.1 kHz to ``embedding`` and ``logits``, captions to ``embedding``.

    =============  ==================================================  ================================================
    kit            ``omni``                                            ``av-benchmark``
    =============  ==================================================  ================================================
    channels       mono by mean: (batch, samples)                      all, one after another as one sound: (batch,
                                                                       channels, samples)
    over 7 s       as few windows of 7 s as cover it, evenly spread    one window of 7 s at a random place; here the
                   (8 s: 0-7 and 1-8), their outputs averaged          place follows from the seed and the sound
    =============  ==================================================  ================================================

    Sound under 7 s is repeated to 7 s in both. Windows at fixed places make a score that can be had again, and windows
    that cover the sound leave none of it unjudged, as one at its centre would the first and last half second of 8 s.
    Their mean stands for what random windows give on average; embeddings come out of a layer norm, so that their
    lengths are alike and none outweighs the others.

    Embeddings are not scaled to length 1. The logits are those of HTSAT's head for AudioSet, before the sigmoid, as the
    file holds it.

    Captions of more than 77 tokens are cut before their end mark with a warning, in both kits; the publisher's code
    cannot batch them. An empty caption is its end mark alone.
    """

    spec = SPEC
    network: MsClap
    trained_on = "4.6 million pairs of sound and caption (Microsoft)"
    tokeniser_class, publisher, marks = "GPT2Tokenizer", "openai-community/gpt2", _MARKS

    def build(self) -> dict[str, Any]:
        """Loads both towers."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, channels="all", seconds=None)
        self.network = self.load(MsClap, _own_key, cast=MsClap.body_to)
        return {
            **self.front_end(SAMPLE_RATE, WINDOW),
            "window": FFT,
            "hop": HOP,
            "lowest": LOWEST,
            "highest": HIGHEST,
            "front_end_rate": FRONT_END_RATE,
        }

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """To ``embedding`` (batch, 1024) and ``logits`` (batch, 527).

        Args:
            samples: mono (batch, n), by av-benchmark also (batch, channels, n).

        Raises:
            UserError: no sample at all, or not finite.
        """
        check(samples, "MS-CLAP", SAMPLE_RATE, 1)
        windows = self.windows(samples.to(self.device))
        heard = [self.network.hear(some) for some in windows.flatten(0, 1).split(self.at_once(8, 64))]
        embeddings, logits = (torch.cat(rows).unflatten(0, windows.shape[:2]) for rows in zip(*heard, strict=True))
        return {"embedding": embeddings.mean(1).cpu(), "logits": logits.mean(1).cpu()}

    def windows(self, samples: Tensor) -> Tensor:
        """What of the samples is heard: (batch, windows, 308700)."""
        sounds = samples.flatten(1)
        if sounds.shape[1] < WINDOW:
            sounds = sounds.repeat(1, -(-WINDOW // sounds.shape[1]))[:, :WINDOW]
        return self.cut(sounds, WINDOW)

    @torch.inference_mode()
    def text(self, texts: Sequence[str]) -> Outputs:
        """Captions to ``embedding`` (captions, 1024).

        Raises:
            UserError: GPT-2's vocabulary is not there.
        """
        return {"embedding": self.read([f"{text} {_END}" for text in texts], _PAD).cpu()}


_OWN = {
    "audio_encoder.base.htsat.": "htsat.",
    "audio_encoder.projection.": "audio_projection.",
    "caption_encoder.base.": "gpt2.",
    "caption_encoder.projection.": "text_projection.",
}
_UNUSED = ("htsat.head.", "htsat.spectrogram_extractor.")


def _own_key(published: str) -> str | None:
    """None for the temperature of the training loss, for a head that HTSAT's other pooling has, and for windows."""
    for theirs, ours in _OWN.items():
        if published.startswith(theirs):
            own = ours + published.removeprefix(theirs)
            return None if own.startswith(_UNUSED) else own
    return None
