"""Squares and levels: what the field's video encoders make of frames before the network."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vggsound_omni.media.field_frames import SHORT_SIDE


def centre_square(frames: Tensor, side: int = SHORT_SIDE) -> Tensor:
    """Cuts the middle out of (..., height, width, 3); a half pixel goes to the even side, as Python rounds."""
    top, left = (round((length - side) / 2) for length in frames.shape[-3:-1])
    return frames[..., top : top + side, left : left + side, :]


def three_squares(frames: Tensor, side: int = SHORT_SIDE) -> Tensor:
    """Cuts left, centre and right squares, of upright pictures top, centre and bottom; half pixels go up.

    Args:
        frames: (..., height, width, 3), short side ``side``.
        side: pixels.

    Returns:
        (3, ..., side, side, 3).
    """
    height, width = frames.shape[-3:-1]
    room = max(height, width) - side
    starts = 0, math.ceil(room / 2), room
    return torch.stack(
        [frames.narrow(-3 if height > width else -2, start, side)[..., :side, :side, :] for start in starts]
    )


def normalised(frames: Tensor, mean: tuple[float, float, float], std: tuple[float, float, float]) -> Tensor:
    """(..., height, width, 3) uint8 to (..., 3, height, width) float32: levels in 0 to 1, less mean, over std."""
    levels = frames.movedim(-1, -3).to(torch.float32) / 255
    shape = 3, 1, 1
    return (levels - levels.new_tensor(mean).view(shape)) / levels.new_tensor(std).view(shape)
