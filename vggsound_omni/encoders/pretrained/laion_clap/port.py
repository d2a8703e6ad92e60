"""LAION-CLAP: sounds and captions in one space, by HTSAT and RoBERTa.

Wu et al., "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption augmentation",
arXiv 2211.06687, without fusion. Parameters bear the names of ``music_speech_audioset_epoch_15_esc_89.98.pt``.
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

SAMPLE_RATE = 48_000
WINDOW = 10 * SAMPLE_RATE
"""Samples that the network hears at once."""
HOP, LOWEST, HIGHEST = 480, 50.0, 14_000.0
WIDTH = 512
_ROBERTA = 768
_PAD = 1
_MARKS = {"<s>": 0, "<pad>": _PAD, "</s>": 2}


class LaionClap(nn.Module):
    """Both towers."""

    def __init__(self) -> None:
        from transformers import RobertaConfig, RobertaModel

        super().__init__()
        self.audio_branch = Htsat(128, (2, 2, 12, 2), LogMel(SAMPLE_RATE, HOP, LOWEST, HIGHEST))
        self.audio_projection = _projection(self.audio_branch.width)
        roberta = RobertaModel(
            RobertaConfig(vocab_size=50_265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
        )
        for name in ("position_ids", "token_type_ids"):  # read() gives both, and on the meta device they have no values
            roberta.embeddings.register_buffer(name, None)
        self.text_branch: nn.Module = roberta
        self.text_projection = _projection(_ROBERTA)

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts the towers; front end, pooling and projections stay in float32."""
        self.audio_branch.body_to(dtype)
        self.text_branch.to(dtype)

    def hear(self, windows: Tensor) -> Tensor:
        """(batch, 480000) to embeddings (batch, 512) before they are scaled to length 1."""
        tokens = self.audio_branch(self.audio_branch.logmel_extractor(windows))
        return self.audio_projection(tokens.mean((1, 2)))

    def read(self, tokens: Tensor) -> Tensor:
        """(batch, at most 77), 1 behind the shorter, to embeddings (batch, 512) before they are scaled to length 1."""
        told = tokens != _PAD
        places = told.cumsum(1) * told + _PAD
        read = self.text_branch(
            input_ids=tokens, attention_mask=told, position_ids=places, token_type_ids=torch.zeros_like(tokens)
        )
        return self.text_projection(read.pooler_output.float())


def _projection(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))


class LaionClapEncoder(Clap):
    """LAION-CLAP as an encoder: mono sound at 48 kHz, and captions, to ``embedding`` of length 1.

    =============  ==================================================  ================================================
    kit            ``omni``                                            ``av-benchmark``
    =============  ==================================================  ================================================
    mean           kept                                                taken off before (:attr:`audio_input`)
    over 10 s      as few windows of 10 s as cover it, evenly spread;  one window of 10 s at a random place; here the
                   the mean of their embeddings, scaled to length 1    place follows from the seed and the sound
    =============  ==================================================  ================================================

    Sound under 10 s is repeated as often as it fits whole, with zeros behind, in both, as in training: 4 s twice and
    2 s of zeros, 8 s once and 2 s of zeros. Captions of more than 77 tokens are cut before their end mark, with a
    warning. An empty caption is its two marks alone.
    """

    spec = SPEC
    network: LaionClap
    trained_on = "music, speech, LAION-Audio-630K and AudioSet with captions (LAION)"
    tokeniser_class, publisher, marks = "RobertaTokenizer", "FacebookAI/roberta-base", _MARKS

    def build(self, *, int16: bool = False) -> dict[str, Any]:
        """Loads both towers.

        ``int16`` hears what is left of 16-bit samples, as the publisher's package does with files and arrays; with
        tensors, which av-benchmark gives it, it does not.
        """
        self._int16 = int16
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, remove_dc=True)
        self.network = self.load(LaionClap, _own_key, cast=LaionClap.body_to)
        return {
            **self.front_end(SAMPLE_RATE, WINDOW),
            "int16": int16,
            "window": FFT,
            "hop": HOP,
            "lowest": LOWEST,
            "highest": HIGHEST,
        }

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, n) to ``embedding`` (batch, 512), each of length 1.

        Raises:
            UserError: no sample at all, or not finite.
        """
        check(samples, "LAION-CLAP", SAMPLE_RATE, 1)
        windows = self.windows(samples.to(self.device))
        heard = torch.cat([self.network.hear(some) for some in windows.flatten(0, 1).split(self.at_once(8, 64))])
        mean = F.normalize(heard, dim=-1).unflatten(0, windows.shape[:2]).mean(1)
        return {"embedding": F.normalize(mean, dim=-1).cpu()}

    def windows(self, samples: Tensor) -> Tensor:
        """What of the samples is heard: (batch, windows, 480000)."""
        if self._int16:
            samples = (samples.clamp(-1, 1) * 32767).trunc() / 32767
        length = samples.shape[1]
        if length < WINDOW:
            repeated = samples.repeat(1, WINDOW // length)
            return F.pad(repeated, (0, WINDOW - repeated.shape[1]))[:, None]
        return self.cut(samples, WINDOW)

    @torch.inference_mode()
    def text(self, texts: Sequence[str]) -> Outputs:
        """Captions to ``embedding`` (captions, 512), each of length 1.

        Raises:
            UserError: RoBERTa's vocabulary is not there.
        """
        return {"embedding": F.normalize(self.read(texts, _PAD), dim=-1).cpu()}


_UNUSED = (
    "logit_scale",
    "audio_transform.",
    "text_transform.",
    "audio_branch.head.",
    "audio_branch.spectrogram_extractor.",
)


def _own_key(published: str) -> str | None:
    """None for what only training used, and for windows."""
    return None if published.startswith(_UNUSED) else published
