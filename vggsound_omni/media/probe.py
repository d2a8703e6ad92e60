"""Says what a file holds and whether it is complete, without decoding all of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer

from ._container import RefusedError, check_sound, opened, packets, picture, sound, time_zero
from ._spans import Spans, promised_seconds


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """The video stream of a file."""

    frame_rate: float  # frames per second; the average if the rate varies
    width: int  # pixels, upright
    height: int  # pixels, upright
    frames: int  # number of coded pictures


@dataclass(frozen=True, kw_only=True)
class AudioInfo:
    """The audio stream of a file."""

    sample_rate: int  # Hz
    channels: int
    codec: str  # FFmpeg's name: "aac", "pcm_s16le"


@dataclass(frozen=True, kw_only=True)
class MediaInfo:
    """What a file holds."""

    duration: float  # seconds, of the video if there is one, else of the sound
    video: VideoInfo | None
    audio: AudioInfo | None


def probe(path: Path) -> MediaInfo:
    """Reads every packet of a file, and decodes one picture to find its orientation.

    Raises:
        UserError: the file is missing, a folder, empty, truncated, damaged, or not media.
    """
    with opened(path) as container:
        video, audio = picture(container), sound(container)
        spans, first = _walked(container, video)
        spans.check(path, container, video, audio)
        sound_info = None if audio is None else _audio_info(audio)
        if video is not None:
            zero = time_zero(container)
            span = spans.of(video)
            duration = span.end - (span.start if zero is None else zero)
            picture_info = _video_info(first, span.packets, video, duration)
        else:
            assert audio is not None
            promised = promised_seconds(path, container)
            span = spans.of(audio)
            duration = min(span.end - max(0.0, span.start), float("inf") if promised is None else promised)
            picture_info = None
        if not duration > 0:
            raise RefusedError(f"lasts {duration:.2f} s according to its own clock; write or download it again.")
    return MediaInfo(duration=duration, video=picture_info, audio=sound_info)


def _walked(container: InputContainer, video: av.VideoStream | None) -> tuple[Spans, av.VideoFrame | None]:
    """Reads all packets of a file once; returns the time that they cover, and the first picture."""
    spans = Spans()
    first: av.VideoFrame | None = None
    if video is not None:
        video.thread_type = "NONE"  # threads would need many packets before the first picture
    for packet in packets(container):
        if video is not None and first is None and packet.stream_index == video.index:
            first = next((f for f in packet.decode() if isinstance(f, av.VideoFrame)), None)
        spans.add(packet)
    return spans, first


def _audio_info(stream: av.AudioStream) -> AudioInfo:
    codec = stream.codec_context
    check_sound(codec.sample_rate, stream.channels)
    return AudioInfo(sample_rate=codec.sample_rate, channels=stream.channels, codec=codec.name)


def _video_info(first: av.VideoFrame | None, frames: int, stream: av.VideoStream, duration: float) -> VideoInfo:
    if first is None:
        raise RefusedError("none of its pictures can be decoded; write or download it again.")
    width, height = first.width, first.height
    if first.rotation % 180:
        width, height = height, width
    rate, counted = float(stream.average_rate or 0), frames / duration if duration > 0 else 0.0
    # The declared rate, if right, is exact (30000/1001); but Matroska declares one even if the rate varies.
    steady = abs(rate - counted) <= 0.01 * counted
    return VideoInfo(frame_rate=rate if steady else counted, width=width, height=height, frames=frames)
