"""A picture file as a short video, for suites whose items have one picture."""

from __future__ import annotations

import io
import math
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation, VideoReformatter

from vggsound_omni.errors import UserError

from .write import write_mp4

SIDE = 256
"""Pixels of the square that a picture is fitted into."""
FPS = 10.0
"""Of a picture that does not move."""


def write_still(path: Path, picture: bytes, seconds: float) -> None:
    """Writes a PNG as an MP4 without sound: on white, in the middle of a square of :data:`SIDE` pixels.

    Raises:
        UserError: it is no picture.
    """
    try:
        with av.open(io.BytesIO(picture), "r", format="png_pipe") as file:
            pixels = np.asarray(next(file.decode(video=0)).to_ndarray(format="rgba"), np.uint8)
    except (av.FFmpegError, StopIteration, ValueError) as error:
        raise UserError(f"{path.stem}: its picture cannot be read ({error}).") from error
    frame = _square(pixels)
    count = max(1, math.ceil(seconds * FPS - 1e-6))
    write_mp4(path, np.broadcast_to(frame, (count, *frame.shape)), FPS, None)


def _square(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    opaque = pixels[..., 3:].astype(np.float32) / 255
    rgb = np.rint(pixels[..., :3] * opaque + 255 * (1 - opaque)).astype(np.uint8)
    shrink = SIDE / max(rgb.shape[:2])
    height, width = (max(1, round(size * shrink)) for size in rgb.shape[:2])
    frame = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
        width=width,
        height=height,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT,
        threads=1,
    )
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    canvas[top : top + height, left : left + width] = frame.to_ndarray(format="rgb24")
    return canvas
