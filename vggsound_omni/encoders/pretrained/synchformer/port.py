"""Synchformer as an encoder: how far sound and picture are apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.frames import centre_square, normalised
from vggsound_omni.encoders.pretrained.kits import audio_input, video_input
from vggsound_omni.encoders.pretrained.port import Port
from vggsound_omni.errors import UserError
from vggsound_omni.media.field_frames import SHORT_SIDE, resized

from . import audio, comparison, visual
from .comparison import SEGMENTS
from .spec import SPEC

_CENTRE, _SPREAD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
FPS = 25.0
_FRAME_STEP = visual.FRAMES // 2
_PAIRS_AT_ONCE = 32


class SynchformerEncoder(Port):
    """Synchformer (Iashin et al., 2024), the AudioSet model: the first and the last 4.8 s of sound and picture.

    Segments of 0.64 s begin every 0.32 s; each is encoded by itself, to eight features of picture and six of sound.
    ``windows`` are the first 14 and the last 14 of them; :meth:`compare` sorts each window's offset into 21 classes.

    =============================  =======================================  =========================================
    kit                            ``omni``                                 ``av-benchmark``
    =============================  =======================================  =========================================
    how long                       as the suite cuts it; a length between   exactly the first 8 s; refused if shorter
                                   segments goes to the nearest, with
                                   silence or the last frame for what is
                                   missing, so that sound and picture of
                                   nearly one length have the same windows
    shortest                       4.64 s                                   8 s
    phone videos                   upright                                  as stored
    =============================  =======================================  =========================================

    :meth:`video` takes frames of any size and shape, such as
    :func:`~vggsound_omni.media.field_frames.read_field_frames` gives; those of a short side of 224 pixels are not
    scaled again.
    """

    # Its authors count a sound that is early as positive.
    offsets = tuple(round(2 - 0.2 * i, 1) for i in range(comparison.CLASSES))

    spec = SPEC
    kind = "synchroniser"
    trained_on = "AudioSet, 24-01-04T16-39-21 (University of Oxford)"

    def build(self) -> dict[str, Any]:
        """Loads both towers, and the comparison, which stays in float32."""
        self.audio_input = audio_input(self.kit, audio.SAMPLE_RATE)
        self.video_input = video_input(self.kit, FPS)
        self._seeing = self.load(visual.VisualTower, _own_key, ("vfeat_extractor.",))
        self._hearing = self.load(audio.AudioTower, _own_key, ("afeat_extractor.",))
        judge, parts = comparison.Comparison, ("vproj.", "aproj.", "transformer.")
        self._judging = self.load(judge, _own_key, parts, cast=lambda network, _dtype: network)
        self._log_mel = audio.LogMel().to(self.device)
        return {
            "sample_rate": audio.SAMPLE_RATE,
            "fps": FPS,
            "short_side": SHORT_SIDE,
            "segment_seconds": audio.SEGMENT / audio.SAMPLE_RATE,
            "step_seconds": audio.STEP / audio.SAMPLE_RATE,
            "window_segments": SEGMENTS,
        }

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``windows`` (batch, 2, 14, 6, 768).

        Raises:
            UserError: too short, see the class.
        """
        samples = _without_middle(self._on_grid(samples.to(self.device), audio.SEGMENT, audio.STEP), audio.STEP)
        return {"windows": _windows(self.heard(samples)).cpu()}

    @torch.inference_mode()
    def video(self, frames: Tensor | Sequence[Tensor]) -> Outputs:
        """(batch, time, height, width, 3) uint8 at 25 frames a second, or a sequence of such, to ``windows``.

        These are (batch, 2, 14, 8, 768).

        Raises:
            UserError: too short, see the class.
        """
        windows = []
        for item in frames:
            fitting = _without_middle(self._on_grid(item[None], visual.FRAMES, _FRAME_STEP), _FRAME_STEP)
            windows.append(_windows(self.seen(fitting)))
        return {"windows": torch.cat(windows).cpu()}

    @torch.inference_mode()
    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        """``windows`` of both to logits (batch, 2, 21)."""
        seen, heard = (outputs["windows"] for outputs in (video, audio))
        logits = [
            self._judging(some_seen.to(self.device), some_heard.to(self.device)).cpu()
            for some_seen, some_heard in zip(
                seen.flatten(0, 1).split(_PAIRS_AT_ONCE), heard.flatten(0, 1).split(_PAIRS_AT_ONCE), strict=True
            )
        ]
        return torch.cat(logits).unflatten(0, seen.shape[:2])

    @torch.inference_mode()
    def heard(self, samples: Tensor) -> Tensor:
        """Features of every segment of a sound: (batch, samples) to (batch, segments, 6, 768)."""
        segments = samples.to(self.device).unfold(1, audio.SEGMENT, audio.STEP)
        mel = self._log_mel(segments.flatten(0, 1)).to(self.dtype)
        features = _in_parts(self._hearing, mel, self.at_once(24, 448))
        return features.unflatten(0, segments.shape[:2])

    @torch.inference_mode()
    def seen(self, frames: Tensor) -> Tensor:
        """Features of every segment of a picture: (batch, time, height, width, 3) to (batch, segments, 8, 768).

        Segments overlap by half, so the patches of each two frames are made once for both.

        Raises:
            UserError: fewer frames than one segment has.
        """
        if (count := len(frames[0])) < visual.FRAMES:
            raise UserError(f"{count} frames at 25 a second are too few; Synchformer sees {visual.FRAMES} at once.")
        features = []
        for item in frames:
            pixels = normalised(centre_square(resized(item.to(self.device))), _CENTRE, _SPREAD)
            patches = self._seeing.embedded(pixels.to(self.dtype))
            segments = patches.unfold(0, visual.STEPS, visual.STEPS // 2).movedim(-1, 1)
            features.append(_in_parts(self._seeing, segments, self.at_once(2, 28)))
        return torch.stack(features)

    def _on_grid(self, x: Tensor, segment: int, step: int) -> Tensor:
        """Cuts or fills (batch, n, ...) to a whole number of steps."""
        seconds = x.shape[1] * audio.STEP / audio.SAMPLE_RATE / step
        if self.as_published:
            if x.shape[1] < 25 * step:
                raise UserError(f"{seconds:.2f} s are too short; av-benchmark's Synchformer takes exactly 8 s.")
            return x[:, : 25 * step]
        count = round((x.shape[1] - segment) / step) + 1
        if count < SEGMENTS:
            raise UserError(f"{seconds:.2f} s are too short; Synchformer compares 4.8 s.")
        length = segment + (count - 1) * step
        missing = max(0, length - x.shape[1])
        if x.dtype == torch.uint8:
            return torch.cat([x, x[:, -1:].expand(-1, missing, *x.shape[2:])], 1)[:, :length]
        return F.pad(x, (0, missing))[:, :length]


def _own_key(key: str) -> str | None:
    """A network's name of a tensor, from its published one; pictures go through patches in space and time alone."""
    if key.startswith("vfeat_extractor.patch_embed."):
        return None
    if key.startswith("afeat_extractor."):
        return audio.own_key(key.removeprefix("afeat_extractor."))
    return key.removeprefix("vfeat_extractor.")


def _without_middle(x: Tensor, step: int) -> Tensor:
    """Only the 4.8 s at both ends of (batch, n, ...), where they do not overlap."""
    window = (SEGMENTS + 1) * step
    return x if x.shape[1] <= 2 * window else torch.cat([x[:, :window], x[:, -window:]], 1)


def _windows(features: Tensor) -> Tensor:
    """(batch, segments, ...) to the first and the last 14 of them, (batch, 2, 14, ...)."""
    return torch.stack([features[:, :SEGMENTS], features[:, -SEGMENTS:]], 1)


def _in_parts(network: nn.Module, x: Tensor, at_once: int) -> Tensor:
    return torch.cat([network(some) for some in x.split(at_once)]).float()
