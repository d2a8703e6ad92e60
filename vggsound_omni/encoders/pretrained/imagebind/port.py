"""ImageBind-huge as an encoder: sound, picture and text in one space."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Modality, Outputs
from vggsound_omni.encoders.pretrained.kits import audio_input, video_input
from vggsound_omni.encoders.pretrained.port import Port
from vggsound_omni.errors import UserError
from vggsound_omni.media.field_frames import SHORT_SIDE

from .clips import SOUND_CLIP, picture_pairs, sound_clips, sound_clips_as_published
from .fbank import SAMPLE_RATE, WINDOW, Fbank
from .spec import SPEC
from .tokeniser import FILES, ClipTokeniser
from .towers import AudioTower, TextTower, VisionTower, own_key, published

_TOWERS: dict[Modality, type[nn.Module]] = {"audio": AudioTower, "video": VisionTower, "text": TextTower}
FPS = 0.5


class ImageBindEncoder(Port):
    """ImageBind-huge (Girdhar et al., 2023): 1024 numbers for a sound, a picture or a text.

    A sound is three clips of 2 s, spread evenly; a picture every two frames in a row, of those at 0.5 a second, in
    three squares. The vectors of all clips are averaged: length 20 at most for sound, 1 for pictures and texts, which a
    cosine does not see. Sounds under 25 ms are refused.

    =============================  =======================================  =========================================
    kit                            ``omni``                                 ``av-benchmark``
    =============================  =======================================  =========================================
    channels                       mono by mean: (batch, samples)           the first: (batch, channels, samples)
    a clip's mean                  taken off the clip                       taken off the sound, so clips that overlap
                                                                            (under 6 s) are changed by those before
    how much sound                 as the suite cuts it                     the whole file, whatever the video's length
    one frame (under 3 s)          a still picture, seen twice              refused: there is no pair
    phone videos                   upright                                  as stored
    =============================  =======================================  =========================================

    :meth:`video` takes frames of any size and shape, such as
    :func:`~vggsound_omni.media.field_frames.read_field_frames` gives; those of a short side of 224 pixels are not
    scaled again.
    """

    spec = SPEC
    kind = "audio, video and text in one space"
    trained_on = "AudioSet's sound and picture, bound to OpenCLIP ViT-H by the picture (Meta AI)"

    def build(self, *, modalities: Collection[Modality] = ("audio", "video")) -> dict[str, Any]:
        """Loads the towers of some modalities, and the tokeniser if texts are one of them."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, channels="all", seconds=None)
        self.video_input = video_input(self.kit, FPS)
        reads = "text" in modalities
        self.beside = FILES if reads else ()
        self._tokeniser = ClipTokeniser(self.checkpoint.parent) if reads else None
        self._towers = {one: self.load(_TOWERS[one], own_key, published(one)) for one in sorted(modalities)}
        self._fbank = Fbank().to(self.device)
        sound = {"sound_clips": 3, "sound_clip_seconds": SOUND_CLIP / SAMPLE_RATE}
        return {"sample_rate": SAMPLE_RATE, **sound, "fps": FPS, "short_side": SHORT_SIDE, "squares": 3}

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """Mono (batch, samples), by av-benchmark also (batch, channels, samples), to ``embedding``.

        Raises:
            UserError: shorter than 25 ms.
        """
        if samples.shape[-1] < WINDOW:
            raise UserError(f"{samples.shape[-1] / SAMPLE_RATE:.3f} s are too short; ImageBind hears 0.025 s at least.")
        samples = samples.to(self.device)
        if self.as_published:
            clips = sound_clips_as_published(samples if samples.ndim == 3 else samples[:, None])
        else:
            clips = sound_clips(samples)
        vectors = self._vectors("audio", self._fbank(clips.flatten(0, 1)))
        return {"embedding": vectors.unflatten(0, clips.shape[:2]).mean(1).cpu()}

    @torch.inference_mode()
    def video(self, frames: Tensor | Sequence[Tensor]) -> Outputs:
        """(batch, time, height, width, 3) uint8 at 0.5 frames a second, or a sequence of such, to ``embedding``.

        Raises:
            UserError: a single frame, by av-benchmark.
        """
        embeddings = []
        for item in frames:
            if self.as_published and len(item) < 2:
                raise UserError("The video is too short; av-benchmark's ImageBind sees pairs of frames 2 s apart.")
            pairs = picture_pairs(item.to(self.device))
            embeddings.append(self._vectors("video", pairs).mean(0))
        return {"embedding": torch.stack(embeddings).cpu()}

    @torch.inference_mode()
    def text(self, texts: Sequence[str]) -> Outputs:
        """Texts, of which 75 tokens are read, to ``embedding``."""
        if self._tokeniser is None:
            raise ValueError("This ImageBind was made without its text tower: modalities does not name text.")
        tokens, lengths = (numbers.to(self.device) for numbers in self._tokeniser(texts))
        return {"embedding": self._towers["text"](tokens, lengths).cpu()}

    def _vectors(self, modality: Modality, inputs: Tensor) -> Tensor:
        return torch.cat([self._towers[modality](some) for some in inputs.to(self.dtype).split(self.at_once(9, 96))])
