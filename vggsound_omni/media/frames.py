"""Reads frames of video."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.reformatter import Interpolation, VideoReformatter

from ._bounds import MOST_FRAME_BYTES, MOST_FRAMES, MOST_PICTURES, MOST_PICTURES_A_SECOND, MOST_PIXELS
from ._container import RefusedError, decoded, opened, picture, time_zero

_ROUNDING = 1e-3
"""Seconds by which timestamps may be off: WebM and Matroska, and files remuxed from them, count milliseconds."""
# Without these two flags the last bit depends on the processor.
SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def read_frames(path: Path, fps: float, size: int | None = None, seconds: float | None = None) -> npt.NDArray[np.uint8]:
    """Decodes the video at a given frame rate: frame k is the picture on screen at k / fps seconds.

    Each picture is held until the next one's presentation time, so variable frame rates come out right. Phone videos
    are rotated upright. Time 0 is the first picture, as in :func:`~vggsound_omni.media.read_audio`.

    Args:
        path: a file in any usual container.
        fps: frames per second.
        size: the shorter side is scaled (bicubic) to this many pixels and the centre square is cropped; None keeps the
            file's own size.
        seconds: how much to read from the start; the rest is not decoded.

    Returns:
        (frames, height, width, 3), RGB: round(duration * fps) frames, at least one. The last picture is held for its
        own duration.

    Raises:
        UserError: the file cannot be read, is truncated, has no picture, or the frames would take more than 8 GiB.
        ValueError: fps or size is not positive.
    """
    if not 0 < fps < math.inf:
        raise ValueError(f"fps must be positive, not {fps}.")
    if size is not None and size < 1:
        raise ValueError(f"size must be positive, not {size}.")
    most = None if seconds is None else max(1, round(seconds * fps))
    with opened(path) as container:
        stream = picture_stream(container)
        convert = _Converter(size)
        shown: list[npt.NDArray[np.uint8]] = []
        for frame, count in _holds(container, stream, fps, seconds):
            new = (count if most is None else min(count, most)) - len(shown)
            if new > 0:
                pixels = convert(frame)
                _check_room(len(shown) + new, pixels)
                if shown and pixels.shape != shown[0].shape:
                    raise RefusedError("its picture changes its size within the clip; re-encode it in one size.")
                shown.extend([pixels] * new)
            if most is not None and count > most:
                break
        else:
            del shown[count:]
        return np.stack(shown)


def picture_stream(container: InputContainer) -> av.VideoStream:
    """Returns the video stream, to be decoded on all cores.

    Raises:
        RefusedError: there is none.
    """
    stream = picture(container)
    if stream is None:
        raise RefusedError("has no picture.")
    stream.thread_type = "AUTO"
    return stream


def pictures(container: InputContainer, stream: av.VideoStream, seconds: float | None) -> Iterator[av.VideoFrame]:
    """Yields decoded pictures.

    Raises:
        RefusedError: there is none, or more than any camera takes in ``seconds``.
    """
    most = MOST_PICTURES if seconds is None else math.ceil(MOST_PICTURES_A_SECOND * (seconds + 1))
    frame = None
    for number, frame in enumerate(decoded(container, stream)):
        if number >= most:
            raise RefusedError("holds more pictures a second than any camera takes; its clock is broken.")
        yield frame
    if frame is None:
        raise RefusedError("has a video stream without a single picture.")


def _check_room(count: int, frame: npt.NDArray[np.uint8]) -> None:
    if count > MOST_FRAMES or count * frame.nbytes > MOST_FRAME_BYTES:
        raise RefusedError(
            f"{count:,} frames of {frame.shape[1]} x {frame.shape[0]} pixels take {count * frame.nbytes / 2**30:,.1f} "
            f"GiB, and one call returns at most {MOST_FRAME_BYTES >> 30} GiB and {MOST_FRAMES:,} frames; ask for fewer "
            "seconds, fewer frames a second or smaller ones."
        )


def _holds(
    container: InputContainer, stream: av.VideoStream, fps: float, seconds: float | None
) -> Iterator[tuple[av.VideoFrame, int]]:
    """Yields each picture with the number of frames that have been shown when it is replaced."""
    zero = time_zero(container)
    timed = container.format.name != "avi"  # stores no presentation times, only a rate
    step = 1 / float(stream.average_rate or 25)
    held: av.VideoFrame | None = None
    shown_at = 0.0
    for frame in pictures(container, stream, seconds):
        start = shown_at + step if held is not None else 0.0
        if timed and frame.pts is not None and frame.time_base is not None:
            time = float(frame.pts * frame.time_base)
            zero = time if zero is None else zero
            start = max(shown_at, time - zero)
        if held is not None:
            yield held, math.ceil((start - _ROUNDING) * fps)
        held, shown_at = frame, start
    assert held is not None
    last = float(held.duration * held.time_base) if held.duration and held.time_base else step
    yield held, max(1, math.floor((shown_at + last) * fps + 0.5))


class _Converter:
    """Converts decoded pictures to RGB arrays, scaled, cropped and upright."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
        width, height = frame.width, frame.height
        if self._size is not None:
            short = min(width, height)
            width, height = (round(side * self._size / short) for side in (width, height))
            if width * height > MOST_PIXELS:
                raise RefusedError(
                    f"its picture of {frame.width:,} x {frame.height:,} pixels is too long and thin to be scaled to "
                    f"{self._size} pixels; cut it."
                )
        rgb = self._scaler.reformat(frame, width, height, "rgb24", interpolation=SCALING, threads=1).to_ndarray()
        if self._size is not None:
            top, left = (height - self._size) // 2, (width - self._size) // 2
            rgb = rgb[top : top + self._size, left : left + self._size]
        return np.rot90(rgb, round(frame.rotation / 90))
