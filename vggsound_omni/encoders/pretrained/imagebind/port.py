"""ImageBind-huge as an encoder: sound, picture and text in one space."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import EncoderSpec, Kit, Modality, Outputs
from vggsound_omni.encoders.pretrained.card import pretrained_card
from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.pretrained.kits import audio_input, video_input
from vggsound_omni.errors import UserError
from vggsound_omni.media.field_frames import SHORT_SIDE

from .clips import SOUND_CLIP, picture_pairs, sound_clips, sound_clips_as_published
from .fbank import SAMPLE_RATE, WINDOW, Fbank
from .spec import SPEC
from .tokeniser import FILES, ClipTokeniser
from .towers import AudioTower, TextTower, VisionTower, own_key, published

_TOWERS: dict[Modality, type[nn.Module]] = {"audio": AudioTower, "video": VisionTower, "text": TextTower}
FPS = 0.5
_AT_ONCE = {"cpu": 9, "cuda": 96}
"""Clips that a tower is given at once; on a CPU what nine leave behind still fits its cache."""


class ImageBindEncoder:
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

    def __init__(
        self,
        checkpoint: Path,
        device: str = "cpu",
        kit: Kit = "omni",
        *,
        dtype: torch.dtype = torch.float32,
        spec: EncoderSpec = SPEC,
        modalities: Collection[Modality] = ("audio", "video"),
        vocabulary: Path | None = None,
    ) -> None:
        """Loads the towers of some modalities; on a CPU in float32 they lie in the file itself, mapped.

        Args:
            checkpoint: ``imagebind_huge.pth``.
            device: of the networks.
            kit: see the class.
            dtype: of the networks; front ends and what is averaged stay float32.
            spec: of this checkpoint; another one of the same network has a spec of its own.
            modalities: that will be used.
            vocabulary: folder with the files of CLIP's tokeniser; None: that of the checkpoint.
        """
        self._device, self._dtype, self._as_published = device, dtype, kit == "av-benchmark"
        self.audio_input = audio_input(kit, SAMPLE_RATE, channels="all", seconds=None)
        self.video_input = video_input(kit, FPS)
        beside = vocabulary or checkpoint.parent
        self._tokeniser = ClipTokeniser(beside) if "text" in modalities else None
        self._towers: dict[Modality, nn.Module] = {}
        for modality in sorted(modalities):
            with torch.device("meta"):
                tower = _TOWERS[modality]().to(dtype)
            load_checkpoint(tower, spec, checkpoint, own_key, published(modality))
            self._towers[modality] = tower.to(device)
        self._fbank = Fbank().to(device)
        self.card = pretrained_card(
            spec,
            "audio, video and text in one space",
            "AudioSet's sound and picture, bound to OpenCLIP ViT-H by the picture (Meta AI)",
            checkpoint,
            list(self._towers.values()),
            kit=kit,
            dtype=dtype,
            beside=[beside / file for file in FILES] if "text" in modalities else (),
            sample_rate=SAMPLE_RATE,
            sound_clips=3,
            sound_clip_seconds=SOUND_CLIP / SAMPLE_RATE,
            fps=FPS,
            short_side=SHORT_SIDE,
            squares=3,
        )

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """Mono (batch, samples), by av-benchmark also (batch, channels, samples), to ``embedding``.

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
            UserError: a single frame, by av-benchmark.
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
            raise ValueError("This ImageBind was made without its text tower: modalities does not name text.")
        tokens, lengths = (numbers.to(self._device) for numbers in self._tokeniser(texts))
        return {"embedding": self._towers["text"](tokens, lengths).cpu()}

    def _vectors(self, modality: Modality, inputs: Tensor) -> Tensor:
        at_once = _AT_ONCE.get(self._device.partition(":")[0], 9)
        return torch.cat([self._towers[modality](some) for some in inputs.to(self._dtype).split(at_once)])
