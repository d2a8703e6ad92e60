"""Scores of how far sound, picture and text belong together, by the encoders of a set."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from vggsound_omni.encoders.encoder import AudioEncoder, TextEncoder, VideoEncoder
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.registry import load_encoder, playing
from vggsound_omni.features.modality import Pictures

from .clips import RATE, Clip


class Scorers:
    """Scores clips and captions one by one. Threads may share it, but each call takes a core."""

    def __init__(self, encoder_set: str, device: str = "cpu") -> None:
        """Loads the set's encoders of picture and sound, and of text and sound; a set may lack either.

        Raises:
            UserError: there is no such set, or weights are missing.
        """
        roles = playing(encoder_set)
        self.encoder_set = encoder_set
        self._seeing = load_encoder(roles["ib"][0], device=device) if "ib" in roles else None
        self._reading = load_encoder(roles["la_clap"][0], device=device) if "la_clap" in roles else None
        self.identity = {
            encoder.card.name: encoder.card.checkpoint_sha256
            for encoder in (self._seeing, self._reading)
            if encoder is not None
        }

    def audio_visual(self, clip: Clip, samples: npt.NDArray[np.float32]) -> float | None:
        """Returns the cosine of picture and sound; None without a picture, or without an encoder of both.

        Raises:
            UserError: the picture cannot be read.
        """
        if self._seeing is None or clip.video is None:
            return None
        return cosine(embed(self._seeing, samples), seen_by(cast("VideoEncoder", self._seeing), clip.video))

    def text_audio(self, text: str, samples: npt.NDArray[np.float32]) -> float | None:
        """Returns the cosine of a text and a sound; None without an encoder of both."""
        if self._reading is None:
            return None
        said = cast("TextEncoder", self._reading).text([text])["embedding"]
        return cosine(embed(self._reading, samples), said)


def seen_by(encoder: VideoEncoder, video: Path) -> torch.Tensor:
    """Returns what an encoder makes of the picture of a file.

    Raises:
        UserError: it cannot be read.
    """
    pictures = Pictures(None)
    view = pictures.view(encoder)
    signal = pictures.decode(video, [view])[view]
    return pictures.forward(encoder, [signal], "cpu", {})["embedding"]


def embed(encoder: AudioEncoder, samples: npt.NDArray[np.float32]) -> torch.Tensor:
    """Returns what an encoder makes of a sound, mono at 16 kHz: one embedding, or one of each window."""
    sound = torch.from_numpy(samples)[None, None]
    return encoder.audio(prepare(sound, RATE, encoder.audio_input))["embedding"]


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    """Returns the cosine of two embeddings, or of the means of their windows."""
    mean = [torch.nn.functional.normalize(x.float(), dim=-1).reshape(-1, x.shape[-1]).mean(0) for x in (one, other)]
    return float(torch.nn.functional.cosine_similarity(mean[0], mean[1], dim=0).item())
