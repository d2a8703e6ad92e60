"""Which parts of a sound and of a video ImageBind is given."""

from __future__ import annotations

import torch
from torch import Tensor

from vggsound_omni.encoders.pretrained.frames import normalised, three_squares
from vggsound_omni.media.field_frames import resized

SOUND_CLIP = 32_000
"""Samples: 2 s."""
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""CLIP's."""


def sound_clips(samples: Tensor) -> Tensor:
    """Three clips of 2 s, at the beginning, in the middle and at the end, each less its mean.

    Args:
        samples: (batch, n); up to 2 s are one clip.

    Returns:
        (batch, clips, up to 32000).
    """
    starts = _starts(samples.shape[-1])
    clips = torch.stack([samples[:, start : start + SOUND_CLIP] for start in starts], 1)
    return clips - clips.mean(-1, keepdim=True)


def sound_clips_as_published(samples: Tensor) -> Tensor:
    """The clips of av-benchmark.

    The mean of each clip, over all channels, is taken off the sound itself, so that clips which overlap (under 6 s) see
    what was taken off before. Then only the first channel is heard. Up to 2 s are thrice the same clip.

    Args:
        samples: (batch, channels, n).

    Returns:
        (batch, 3, up to 32000).
    """
    samples = samples.clone()
    starts = _starts(samples.shape[-1])
    clips = []
    for start in starts if len(starts) > 1 else 3 * starts:
        clip = samples[..., start : start + SOUND_CLIP]
        clip -= clip.mean((1, 2), keepdim=True)
        clips.append(clip[:, 0].clone())
    return torch.stack(clips, 1)


def _starts(length: int) -> list[int]:
    room = length - SOUND_CLIP
    return [0, room // 2, room] if room > 0 else [0]


def picture_pairs(frames: Tensor) -> Tensor:
    """Each two frames in a row, as three squares: pair by pair, with left, centre and right (top to bottom) inside.

    Args:
        frames: (time, height, width, 3) uint8; a single one is a pair with itself.

    Returns:
        (3 * pairs, 3, 2, 224, 224), normalised.
    """
    if len(frames) == 1:
        frames = frames.expand(2, -1, -1, -1)
    squares = normalised(three_squares(resized(frames)), _MEAN, _STD)
    pairs = torch.stack([squares[:, :-1], squares[:, 1:]], 3)  # (squares, pairs, channels, 2, height, width)
    return pairs.transpose(0, 1).flatten(0, 1)
