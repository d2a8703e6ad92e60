"""Synchformer as an encoder: how far sound and picture are apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import EncoderSpec, Kit, Outputs
from vggsound_omni.encoders.pretrained.card import pretrained_card
from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.pretrained.frames import centre_square, normalised
from vggsound_omni.encoders.pretrained.kits import audio_input, video_input
from vggsound_omni.errors import UserError
from vggsound_omni.media.field_frames import SHORT_SIDE, resized

from . import audio, comparison, visual
from .comparison import SEGMENTS
from .spec import SPEC

_CENTRE, _SPREAD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
FPS = 25.0
_FRAME_STEP = visual.FRAMES // 2
_AT_ONCE = {"cpu": {"seen": 2, "heard": 24}, "cuda": {"seen": 28, "heard": 448}}
"""Segments that a tower is given at once; on a CPU what two leave behind still fits its cache."""
_PAIRS_AT_ONCE = 32


class SynchformerEncoder:
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

    def __init__(
        self,
        checkpoint: Path,
        device: str = "cpu",
        kit: Kit = "omni",
        *,
        dtype: torch.dtype = torch.float32,
        spec: EncoderSpec = SPEC,
    ) -> None:
        """Loads all three networks; on a CPU in float32 they lie in the file itself, mapped.

        Args:
            checkpoint: ``synchformer_state_dict.pth``.
            device: of the networks.
            kit: see the class.
            dtype: of the two towers; the front ends and the comparison stay float32.
            spec: of this checkpoint; another one of the same network has a spec of its own.
        """
        self._device, self._dtype, self._as_published = device, dtype, kit == "av-benchmark"
        self.audio_input = audio_input(kit, audio.SAMPLE_RATE)
        self.video_input = video_input(kit, FPS)
        with torch.device("meta"):
            seeing, hearing = visual.VisualTower().to(dtype), audio.AudioTower().to(dtype)
            judging = comparison.Comparison()
        self._seeing, self._hearing, self._judging = seeing, hearing, judging
        for network, prefixes in (
            (seeing, ("vfeat_extractor.",)),
            (hearing, ("afeat_extractor.",)),
            (judging, ("vproj.", "aproj.", "transformer.")),
        ):
            load_checkpoint(network, spec, checkpoint, _own_key, prefixes)
            network.to(device)
        self._log_mel = audio.LogMel().to(device)
        self.card = pretrained_card(
            spec,
            "synchroniser",
            "AudioSet, 24-01-04T16-39-21 (University of Oxford)",
            checkpoint,
            (seeing, hearing, judging),
            kit=kit,
            dtype=dtype,
            sample_rate=audio.SAMPLE_RATE,
            fps=FPS,
            short_side=SHORT_SIDE,
            segment_seconds=audio.SEGMENT / audio.SAMPLE_RATE,
            step_seconds=audio.STEP / audio.SAMPLE_RATE,
            window_segments=SEGMENTS,
        )

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``windows`` (batch, 2, 14, 6, 768).

        Raises:
            UserError: too short, see the class.
        """
        samples = _without_middle(self._on_grid(samples.to(self._device), audio.SEGMENT, audio.STEP), audio.STEP)
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
            self._judging(some_seen.to(self._device), some_heard.to(self._device)).cpu()
            for some_seen, some_heard in zip(
                seen.flatten(0, 1).split(_PAIRS_AT_ONCE), heard.flatten(0, 1).split(_PAIRS_AT_ONCE), strict=True
            )
        ]
        return torch.cat(logits).unflatten(0, seen.shape[:2])

    @torch.inference_mode()
    def heard(self, samples: Tensor) -> Tensor:
        """Features of every segment of a sound: (batch, samples) to (batch, segments, 6, 768)."""
        segments = samples.to(self._device).unfold(1, audio.SEGMENT, audio.STEP)
        mel = self._log_mel(segments.flatten(0, 1)).to(self._dtype)
        features = _in_parts(self._hearing, mel, self._at_once("heard"))
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
            pixels = normalised(centre_square(resized(item.to(self._device))), _CENTRE, _SPREAD)
            patches = self._seeing.embedded(pixels.to(self._dtype))
            segments = patches.unfold(0, visual.STEPS, visual.STEPS // 2).movedim(-1, 1)
            features.append(_in_parts(self._seeing, segments, self._at_once("seen")))
        return torch.stack(features)

    def _at_once(self, what: str) -> int:
        return _AT_ONCE.get(self._device.partition(":")[0], _AT_ONCE["cpu"])[what]

    def _on_grid(self, x: Tensor, segment: int, step: int) -> Tensor:
        """Cuts or fills (batch, n, ...) to a whole number of steps."""
        seconds = x.shape[1] * audio.STEP / audio.SAMPLE_RATE / step
        if self._as_published:
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
