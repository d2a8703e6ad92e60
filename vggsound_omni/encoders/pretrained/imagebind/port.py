"""ImageBind-huge as an encoder: sound, picture and text in one space."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.card import pretrained_card
from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.pretrained.frames import SHORT_SIDE
from vggsound_omni.errors import UserError

from .clips import SOUND_CLIP, picture_pairs, sound_clips, sound_clips_as_published
from .fbank import SAMPLE_RATE, WINDOW, Fbank
from .tokeniser import FILES, ClipTokeniser
from .towers import AudioTower, Face, TextTower, VisionTower, own_key, published

_TOWERS: dict[Face, type[nn.Module]] = {"audio": AudioTower, "video": VisionTower, "text": TextTower}
_AT_ONCE = {"cpu": 9, "cuda": 96}
"""Clips that a tower is given at once; on a CPU what nine leave behind still fits its cache."""


class ImageBindEncoder:
    """ImageBind-huge (Girdhar et al., 2023): 1024 numbers for a sound, a picture or a text.

    A sound is three clips of 2 s, spread evenly; a picture every two frames in a row, of those at 0.5 a second, in
    three squares. The vectors of all clips are averaged: length 20 at most for sound, 1 for pictures and texts, which a
    cosine does not see. Sounds under 25 ms are refused.

    =============================  =======================================  =========================================
    profile                        ``omni``                                 ``av-benchmark``
    =============================  =======================================  =========================================
    channels                       mono by mean: (batch, samples)           the first: (batch, channels, samples)
    a clip's mean                  taken off the clip                       taken off the sound, so clips that overlap
                                                                            (under 6 s) are changed by those before
    how much sound                 as the suite cuts it                     the whole file, whatever the video's length
    one frame (under 3 s)          a still picture, seen twice              refused: there is no pair
    phone videos                   upright                                  as stored
    =============================  =======================================  =========================================

    :meth:`video` takes frames of any size and shape, such as
    :func:`~vggsound_omni.encoders.pretrained.frames.read_field_frames` gives at :attr:`fps`; those of a short side of
    224 pixels are not scaled again.
    """

    sample_rate = SAMPLE_RATE
    fps = 0.5
    pixels: int | None = None
    """The whole picture, in any size."""

    def __init__(
        self,
        checkpoint: Path,
        device: str = "cpu",
        profile: Literal["omni", "av-benchmark"] = "omni",
        *,
        dtype: torch.dtype = torch.float32,
        faces: Collection[Face] = ("audio", "video"),
        vocabulary: Path | None = None,
    ) -> None:
        """Loads the towers of some faces; on a CPU in float32 they lie in the file itself, mapped.

        Args:
            checkpoint: ``imagebind_huge.pth``.
            device: of the networks.
            profile: see the class.
            dtype: of the networks; front ends and what is averaged stay float32.
            faces: that will be used.
            vocabulary: folder with the files of CLIP's tokeniser; None: that of the checkpoint.
        """
        self._device, self._dtype, self._as_published = device, dtype, profile == "av-benchmark"
        self.upright = not self._as_published
        beside = vocabulary or checkpoint.parent
        self._tokeniser = ClipTokeniser(beside) if "text" in faces else None
        self._towers: dict[Face, nn.Module] = {}
        for face in sorted(faces):
            with torch.device("meta"):
                tower = _TOWERS[face]().to(dtype)
            load_checkpoint(tower, "imagebind", checkpoint, own_key, published(face))
            self._towers[face] = tower.to(device)
        self._fbank = Fbank().to(device)
        self.card = pretrained_card(
            "imagebind",
            "audio, video and text in one space",
            "AudioSet's sound and picture, bound to OpenCLIP ViT-H by the picture (Meta AI)",
            checkpoint,
            list(self._towers.values()),
            profile=profile,
            dtype=dtype,
            beside=[beside / file for file in FILES] if "text" in faces else (),
            sample_rate=SAMPLE_RATE,
            sound_clips=3,
            sound_clip_seconds=SOUND_CLIP / SAMPLE_RATE,
            fps=self.fps,
            short_side=SHORT_SIDE,
            squares=3,
        )

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """Mono (batch, samples), in the av-benchmark profile also (batch, channels, samples), to ``embedding``.

        Raises:
            UserError: shorter than 25 ms.
        """
        if samples.shape[-1] < WINDOW:
            raise UserError(f"{samples.shape[-1] / SAMPLE_RATE:.3f} s are too short; ImageBind hears 0.025 s at least.")
        samples = samples.to(self._device)
        if self._as_published:
            clips = sound_clips_as_published(samples if samples.ndim == 3 else samples[:, None])
        else:
            clips = sound_clips(samples)
        vectors = self._vectors("audio", self._fbank(clips.flatten(0, 1)))
        return {"embedding": vectors.unflatten(0, clips.shape[:2]).mean(1).cpu()}

    @torch.inference_mode()
    def video(self, frames: Tensor | Sequence[Tensor]) -> Outputs:
        """(batch, time, height, width, 3) uint8 at 0.5 frames a second, or a sequence of such, to ``embedding``.

        Raises:
            UserError: a single frame, in the av-benchmark profile.
        """
        embeddings = []
        for item in frames:
            if self._as_published and len(item) < 2:
                raise UserError("The video is too short; av-benchmark's ImageBind sees pairs of frames 2 s apart.")
            pairs = picture_pairs(item.to(self._device))
            embeddings.append(self._vectors("video", pairs).mean(0))
        return {"embedding": torch.stack(embeddings).cpu()}

    @torch.inference_mode()
    def text(self, texts: Sequence[str]) -> Outputs:
        """Texts, of which 75 tokens are read, to ``embedding``."""
        if self._tokeniser is None:
            raise ValueError("This ImageBind was made without its reader: faces does not name text.")
        tokens, lengths = (numbers.to(self._device) for numbers in self._tokeniser(texts))
        return {"embedding": self._towers["text"](tokens, lengths).cpu()}

    def _vectors(self, face: Face, inputs: Tensor) -> Tensor:
        at_once = _AT_ONCE.get(self._device.partition(":")[0], 9)
        return torch.cat([self._towers[face](some) for some in inputs.to(self._dtype).split(at_once)])
