"""Decodes videos to the pixels that the field's video encoders take.

The rules are those of av-benchmark, which published numbers follow: FFmpeg's ``fps`` filter chooses the frames, and
each is scaled to a short side of 224 pixels in integer arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import torch
import torch.nn.functional as F
from av.container import InputContainer
from av.video.reformatter import VideoReformatter
from torch import Tensor

from ._bounds import MOST_FRAME_BYTES, MOST_FRAMES, MOST_PIXELS
from ._container import RefusedError, opened, time_zero
from .frames import SCALING, picture_stream, pictures

SHORT_SIDE = 224  # pixels; the networks take squares of this size


def resized(frames: Tensor, side: int = SHORT_SIDE) -> Tensor:
    """Scales the short side to ``side`` pixels: bicubic with antialias, in integer arithmetic.

    Float arithmetic rounded afterwards differs in 7 to 9 % of the values, by up to 8 levels at sharp edges. The integer
    kernel exists for the CPU only, so frames come back from other devices; frames of the right size pass untouched.

    Args:
        frames: (..., height, width, 3) uint8.
        side: pixels; the long side becomes int(side * long / short).

    Returns:
        (..., height, width, 3) uint8, on the device of ``frames``.
    """
    height, width = frames.shape[-3:-1]
    short = min(height, width)
    if short == side:
        return frames
    size = int(side * height / short), int(side * width / short)
    channels_first = frames.cpu().reshape(-1, height, width, 3).movedim(-1, 1)
    scaled = F.interpolate(channels_first, size=size, mode="bicubic", antialias=True)
    return scaled.movedim(1, -1).reshape(*frames.shape[:-3], *size, 3).to(frames.device)


def output_frames_before(time: Fraction, fps: Fraction) -> int:
    """Returns how many frames the ``fps`` filter has output before a picture with this time (seconds).

    A picture becomes frame round(time * fps), half rounded up, and is repeated until the next picture's frame. So frame
    k is the last picture whose time rounds to k or less: at 0.5 fps, the last one before 2 k + 1 seconds.
    """
    return math.floor(time * fps + Fraction(1, 2))


def read_field_frames(
    path: Path,
    rates: Sequence[float],
    seconds: float | None = None,
    *,
    side: int | None = SHORT_SIDE,
    upright: bool = True,
) -> list[Tensor]:
    """Decodes the video once, for several frame rates, in the way that the field's video encoders expect.

    Args:
        path: a file in any usual container.
        rates: frames per second; :func:`output_frames_before` says which pictures are chosen.
        seconds: how much to read from the start: int(rate * seconds) frames, at least one.
        side: short side in pixels, see :func:`resized`; None keeps the file's own size, and needs much memory.
        upright: whether to rotate phone videos upright; av-benchmark does not.

    Returns:
        For each rate, (frames, height, width, 3) uint8 RGB with round(duration * rate) frames, at least one.

    Raises:
        UserError: the file cannot be read, is truncated, has no picture, or the frames would take more than 8 GiB.
        ValueError: a rate is not positive.
    """
    if min(rates) <= 0:
        raise ValueError(f"Rates must be positive, not {min(rates)}.")
    most = [math.inf if seconds is None else max(1, int(rate * seconds)) for rate in rates]
    shown: list[list[Tensor]] = [[] for _ in rates]
    convert = _Converter(side, upright=upright)
    with opened(path) as container:
        for frame, until, is_last in _takeovers(container, seconds):
            pixels: Tensor | None = None
            for rate, frames, limit in zip(rates, shown, most, strict=True):
                count = max(int(is_last), output_frames_before(until, Fraction(rate)))
                new = int(min(count, limit)) - len(frames)
                if new > 0:
                    pixels = convert(frame) if pixels is None else pixels
                    _check_room(len(frames) + new, pixels)
                    if frames and pixels.shape != frames[0].shape:
                        raise RefusedError("its picture changes its shape within the clip; re-encode it in one size.")
                    frames.extend([pixels] * new)
            if all(len(frames) == limit for frames, limit in zip(shown, most, strict=True)):
                break
    return [torch.stack(frames) for frames in shown]


def _check_room(count: int, frame: Tensor) -> None:
    """Refuses more frames than memory can hold, before they are made."""
    size = count * frame.nbytes
    if count > MOST_FRAMES or size > MOST_FRAME_BYTES:
        raise RefusedError(
            f"{count:,} frames of {frame.shape[1]} x {frame.shape[0]} pixels take {size / 2**30:,.1f} GiB, and at most "
            f"{MOST_FRAME_BYTES >> 30} GiB are encoded at once; cut it into clips."
        )


class _Converter:
    """Converts decoded pictures to RGB tensors, upright and scaled."""

    def __init__(self, side: int | None, *, upright: bool) -> None:
        self._side, self._upright = side, upright
        self._scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> Tensor:
        short, long = sorted((frame.width, frame.height))
        if self._side is not None and self._side**2 * long > MOST_PIXELS * short:
            raise RefusedError(
                f"its picture of {frame.width:,} x {frame.height:,} pixels is too long and thin to be scaled to "
                f"{self._side} pixels; cut it."
            )
        rgb = self._scaler.reformat(frame, format="rgb24", interpolation=SCALING, threads=1).to_ndarray()
        pixels = torch.from_numpy(rgb)
        if self._upright:
            pixels = pixels.rot90(round(frame.rotation / 90))
        return pixels if self._side is None else resized(pixels, self._side)


def _takeovers(container: InputContainer, seconds: float | None) -> Iterator[tuple[av.VideoFrame, Fraction, bool]]:
    """Yields each picture, the time in seconds at which the next one replaces it, and whether it is the last."""
    stream = picture_stream(container)
    step = 1 / Fraction(stream.average_rate or 25)
    zero = Fraction(time_zero(container) or 0)
    timed = container.format.name != "avi"  # stores no presentation times, only a rate
    held: av.VideoFrame | None = None
    time = -step
    for frame in pictures(container, stream, seconds):
        time += step
        if timed and frame.pts is not None and frame.time_base is not None:
            time = max(Fraction(0), frame.pts * Fraction(frame.time_base) - zero)
        if held is not None:
            yield held, time, False
        held = frame
    assert held is not None
    last = held.duration * Fraction(held.time_base) if held.duration and held.time_base else step
    yield held, time + last, True
