"""Opening a file safely, its streams, and the clock that sound and picture share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from vggsound_omni.errors import UserError

from ._whole import looks_like_media, missing_bytes

_CONTAINERS = "aac,aiff,asf,au,avi,caf,flac,flv,h264,hevc,matroska,webm,mov,mp4,m4a,3gp,mp3,mpeg,mpegts,ogg,w64,wav"
"""FFmpeg would also take text for pictures, follow playlists to other files, and so on; these hold media only."""


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Opens a file that is whole; whatever FFmpeg finds wrong, then or inside the block, becomes one sentence.

    Raises:
        UserError: missing, a folder, empty, truncated, not media, or damaged.
    """
    try:
        if not path.exists():
            raise UserError(f"{path}: there is no such file.")
        if path.is_dir():
            raise UserError(f"{path}: is a folder; a media file is expected.")
        if not path.stat().st_size:
            raise UserError(f"{path}: is empty (0 bytes); write or download it again.")
        if problem := missing_bytes(path):
            raise truncated(path, problem)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        container = av.open(
            f"file:{path}",
            options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
            metadata_errors="ignore",
        )
    except av.FFmpegError as error:
        if looks_like_media(path):
            raise truncated(path, "or so damaged that it cannot be opened") from error
        raise UserError(f"{path}: is not a media file that can be read; its content is no known container.") from error
    with container:
        try:
            yield container
        except (av.FFmpegError, EOFError) as error:
            raise UserError(f"{path}: is damaged and cannot be decoded; write or download it again.") from error


def truncated(path: Path, problem: str) -> UserError:
    """The error for a file that ends too early."""
    return UserError(f"{path}: is truncated, {problem}; write or download it again.")


def picture(container: InputContainer) -> av.VideoStream | None:
    """The moving picture; cover art is none."""
    streams = (s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic)
    return next(streams, None)


def sound(container: InputContainer) -> av.AudioStream | None:
    """The sound that plays unless another is chosen."""
    return next(iter(container.streams.audio), None)


def time_zero(container: InputContainer) -> float | None:
    """Seconds on the file's clock at which the clip begins: its first picture. None where the file says nothing.

    Sound and picture are both read from there, so what is heard earlier is cut and a later start is silence.
    """
    stream = picture(container)
    if stream is None or stream.start_time is None or stream.time_base is None:
        return None
    return float(stream.start_time * stream.time_base)


def scaled(raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Decoded samples as a share of full scale; 24-bit sound comes in the upper bits of 32."""
    if raw.dtype.kind == "f":
        return raw.astype(np.float32)
    if raw.dtype == np.uint8:
        return (raw.astype(np.float32) - 128.0) / 128.0
    return (raw / 2.0 ** (8 * raw.dtype.itemsize - 1)).astype(np.float32)
