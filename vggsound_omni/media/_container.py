"""Opens files safely, finds their streams, and defines the clock that sound and picture share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from vggsound_omni.errors import UserError
from vggsound_omni.io import reading

from ._bounds import LOUDEST, MOST_CHANNELS, MOST_PACKETS, MOST_PIXELS, MOST_SHARE, RATES, SPARE_BYTES
from ._whole import has_stopped_clock, is_mono_pcm, looks_like_media, missing_bytes

_CONTAINERS = "aac,aiff,asf,au,avi,caf,flac,flv,h264,hevc,matroska,webm,mov,mp4,m4a,3gp,mp3,mpeg,mpegts,ogg,w64,wav"
"""Containers that hold only media. FFmpeg would also render text as pictures, follow playlists to other files, etc."""
_MOST_PIXELS = {"max_pixels": str(MOST_PIXELS)}
"""Makes FFmpeg's decoders refuse a larger picture before they allocate memory for it."""


class RefusedError(Exception):
    """A file cannot be used. The message lacks the file's name, which :func:`opened` adds."""


class TargetError(Exception):
    """An error of another file than the one being read; it passes through :func:`opened`."""


_MONO_PCM = {"probesize": "4096", "max_size": "32768"}
"""For mono PCM in WAV. By default FFmpeg decodes megabytes to rule out that 16-bit PCM is DTS or AC-3 in disguise,
which mono cannot be, and splits the samples into packets of 64 ms."""


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Opens a complete file. Anything wrong with it, on opening or inside the block, becomes a one-sentence error.

    Damaged files make decoders and their bindings raise anything, so every exception of the block is blamed on the
    file, except errors of other files (:class:`TargetError`, and an ``OSError`` that is not FFmpeg's).

    Raises:
        UserError: missing, a folder, empty, truncated, not media, damaged, or beyond what memory can hold.
    """
    with reading(path):
        if not path.exists():
            raise UserError(f"{path}: there is no such file.")
        if path.is_dir():
            raise UserError(f"{path}: is a folder; a media file is expected.")
        if not path.is_file():
            raise UserError(f"{path}: is a device or pipe; a media file is expected.")
        if not path.stat().st_size:
            raise UserError(f"{path}: is empty (0 bytes); write or download it again.")
        if problem := missing_bytes(path):
            raise truncated(path, problem)
        if has_stopped_clock(path):
            raise UserError(
                f"{path}: is damaged, its clock makes 0 ticks a second (a timescale of 0); write or download it again."
            )
    try:
        container = _open(path)
        with container:
            for stream in container.streams.video:
                if stream.codec_context is not None:
                    _check_size(stream.codec_context.width, stream.codec_context.height)
                    stream.codec_context.options = _MOST_PIXELS
            yield container
    except (UserError, TargetError):
        raise
    except RefusedError as error:
        raise UserError(f"{path}: {error}") from error
    except MemoryError as error:
        raise UserError(f"{path}: takes more memory to decode than there is; cut it or make it smaller.") from error
    except Exception as error:
        if isinstance(error, OSError) and not isinstance(error, av.FFmpegError):
            raise
        raise UserError(f"{path}: is damaged and cannot be decoded; write or download it again.") from error


def _open(path: Path) -> InputContainer:
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file", **_MOST_PIXELS}
    try:
        if is_mono_pcm(path):
            options |= _MONO_PCM
        return av.open(f"file:{path}", options=options, metadata_errors="ignore")
    except MemoryError:
        raise
    except Exception as error:
        if looks_like_media(path):
            raise truncated(path, "or so damaged that it cannot be opened") from error
        raise UserError(f"{path}: is not a media file that can be read; its content is no known container.") from error


def truncated(path: Path, problem: str) -> UserError:
    """Returns the error for a file that ends too early."""
    return UserError(f"{path}: is truncated, {problem}; write or download it again.")


def picture(container: InputContainer) -> av.VideoStream | None:
    """Returns the video stream, or None; cover art does not count.

    Raises:
        RefusedError: there is no decoder for it.
    """
    streams = (s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic)
    stream = next(streams, None)
    _check_known(stream)
    return stream


def sound(container: InputContainer) -> av.AudioStream | None:
    """Returns the first audio stream, or None.

    Raises:
        RefusedError: there is no decoder for it.
    """
    stream = next(iter(container.streams.audio), None)
    _check_known(stream)
    return stream


def _check_known(stream: av.VideoStream | av.AudioStream | None) -> None:
    if stream is not None and stream.codec_context is None:
        what = "picture" if stream.type == "video" else "sound"
        raise RefusedError(f"there is no decoder for its {what}; convert it to MP4 with H.264 and AAC.")


def packets(
    container: InputContainer, streams: Sequence[av.VideoStream | av.AudioStream] | None = None
) -> Iterator[av.Packet[Any]]:
    """Yields the packets of these streams; of all streams if None.

    Raises:
        RefusedError: there are millions, or together they are far larger than the file, so that its index must refer to
            the same bytes repeatedly.
    """
    size = container.size
    left = MOST_SHARE * size + SPARE_BYTES
    for number, packet in enumerate(container.demux(streams) if streams is not None else container.demux()):
        left -= packet.size
        if number >= MOST_PACKETS:
            raise RefusedError(f"has more than {MOST_PACKETS:,} packets, far more than any clip; cut it.")
        if size > 0 and left < 0:
            raise RefusedError(
                f"is damaged, its index names more than {MOST_SHARE} times the {size:,} bytes that are there; "
                "write or download it again."
            )
        yield packet


def decoded(container: InputContainer, stream: av.VideoStream | av.AudioStream) -> Iterator[Any]:
    """Yields the frames of one stream."""
    for packet in packets(container, [stream]):
        yield from packet.decode()


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise RefusedError(
            f"its picture has {width:,} x {height:,} pixels; at most {MOST_PIXELS:,} (8K) are decoded: scale it down."
        )


def time_zero(container: InputContainer) -> float | None:
    """Returns the time of the first picture on the file's clock, in seconds, where the clip begins; None if unknown.

    Sound and picture are both read from there: earlier sound is cut, and later sound is preceded by silence.
    """
    stream = picture(container)
    if stream is None or stream.start_time is None or stream.time_base is None:
        return None
    return float(stream.start_time * stream.time_base)


def check_sound(rate: int, channels: int) -> None:
    """Checks that the sample rate and the number of channels are within limits.

    Raises:
        RefusedError: one of them is not.
    """
    if not RATES[0] <= rate <= RATES[1]:
        raise RefusedError(f"its sound has {rate:,} samples a second; {RATES[0]:,} to {RATES[1]:,} are expected.")
    if not 1 <= channels <= MOST_CHANNELS:
        raise RefusedError(f"its sound has {channels:,} channels; 1 to {MOST_CHANNELS} are expected.")


def samples_of(frame: av.AudioFrame) -> npt.NDArray[np.float32]:
    """Returns the samples of a frame, (channels, samples), with full scale at 1.

    Raises:
        RefusedError: the rate or the number of channels is out of range, or the samples are 64-bit integers.
    """
    channels = frame.layout.nb_channels
    check_sound(frame.sample_rate, channels)
    if frame.format.name in ("s64", "s64p"):
        raise RefusedError("its sound is of 64-bit integers, which cannot be read; convert it to 16, 24 or 32 bits.")
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, channels).T
    return scaled(raw)


def unsound(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Returns a mask of the samples that are NaN, infinite, or louder than any sound."""
    return ~(np.abs(samples) <= LOUDEST)


def scaled(raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Returns decoded samples with full scale at 1; 24-bit samples come in the upper bits of 32."""
    if raw.dtype == np.float32:
        return raw.copy()  # it may be a view of the decoder's memory
    if raw.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):  # beyond float32, values become infinite: refused later
            return raw.astype(np.float32)
    if raw.dtype == np.uint8:
        return (raw.astype(np.float32) - 128.0) / 128.0
    # The scale is a power of two, so the only rounding is that to float32.
    return raw.astype(np.float32) * np.float32(2.0 ** (1 - 8 * raw.dtype.itemsize))
