"""What a file holds and whether it is whole, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer

from vggsound_omni.errors import UserError

from ._container import opened, picture, sound, time_zero, truncated
from ._whole import declares_length

_LACKING_SECONDS = 0.25
_LACKING_SHARE = 0.01
"""Packets may fall short of the header's promise by these two together: writers round, and stop within a frame."""


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """The picture of a file."""

    frame_rate: float
    """Frames a second, the average where the rate varies."""
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    frames: int
    """Pictures coded."""


@dataclass(frozen=True, kw_only=True)
class AudioInfo:
    """The sound of a file."""

    sample_rate: int
    """Hz."""
    channels: int
    codec: str
    """FFmpeg's name of it: ``aac``, ``pcm_s16le``."""


@dataclass(frozen=True, kw_only=True)
class MediaInfo:
    """What a file holds."""

    duration: float
    """Seconds; of the picture where there is one, else of the sound."""
    video: VideoInfo | None
    audio: AudioInfo | None


def probe(path: Path) -> MediaInfo:
    """Reads every packet of a file, and decodes one picture to see how it is turned.

    Raises:
        UserError: one sentence, for a file that is missing, a folder, empty, truncated, damaged or not media.
    """
    with opened(path) as container:
        video, audio = picture(container), sound(container)
        if video is None and audio is None:
            raise UserError(f"{path}: holds neither picture nor sound.")
        walk = _Walk(container, video)
        promised = _promised(path, container)
        if promised is not None and walk.covered < promised * (1 - _LACKING_SHARE) - _LACKING_SECONDS:
            raise truncated(path, f"its header promises {promised:.2f} s, {max(0.0, walk.covered):.2f} s are there")
        for stream in (video, audio):
            if stream is not None and stream.index not in walk.spans:
                raise truncated(path, f"its {stream.type} stream has no content")
        if video is not None:
            zero = time_zero(container)
            span = walk.spans[video.index]
            duration = span.end - (span.start if zero is None else zero)
            picture_info = _video_info(path, walk, video, duration)
            if audio is None and picture_info.frames == 1:
                raise UserError(f"{path}: is a still picture; a video or a sound is expected.")
        else:
            assert audio is not None
            span = walk.spans[audio.index]
            duration = min(span.end - max(0.0, span.start), float("inf") if promised is None else promised)
            picture_info = None
        sound_info = None
        if audio is not None:
            sound_info = AudioInfo(
                sample_rate=audio.codec_context.sample_rate, channels=audio.channels, codec=audio.codec_context.name
            )
    return MediaInfo(duration=duration, video=picture_info, audio=sound_info)


@dataclass
class _Span:
    """What the packets of one stream cover, in seconds on the file's clock."""

    packets: int = 0
    start: float = float("inf")
    end: float = float("-inf")


class _Walk:
    """One pass over all packets of a file."""

    def __init__(self, container: InputContainer, video: av.VideoStream | None) -> None:
        self.spans: dict[int, _Span] = {}
        """By stream; streams without packets are not in it."""
        self.first: av.VideoFrame | None = None
        """The first picture."""
        if video is not None:
            video.thread_type = "NONE"  # threads would need many packets before the first picture
        for packet in container.demux():
            if video is not None and self.first is None and packet.stream_index == video.index:
                self.first = next((f for f in packet.decode() if isinstance(f, av.VideoFrame)), None)
            time = packet.dts if packet.pts is None else packet.pts
            if packet.size and time is not None and not packet.is_discard:
                span = self.spans.setdefault(packet.stream_index, _Span())
                span.packets += 1
                span.start = min(span.start, float(time * packet.time_base))
                span.end = max(span.end, float((time + (packet.duration or 0)) * packet.time_base))

    @property
    def covered(self) -> float:
        """Seconds between the first packet and the end of the last."""
        spans = self.spans.values()
        return max((s.end for s in spans), default=0.0) - min((max(0.0, s.start) for s in spans), default=0.0)


def _promised(path: Path, container: InputContainer) -> float | None:
    """Seconds that the header promises; None where FFmpeg only guesses from the size of the file."""
    name = container.format.name
    certain = name == "flac" or name.startswith(("mov", "matroska")) or (name == "mp3" and declares_length(path))
    return container.duration / av.time_base if certain and container.duration else None


def _video_info(path: Path, walk: _Walk, stream: av.VideoStream, duration: float) -> VideoInfo:
    if walk.first is None:
        raise UserError(f"{path}: not one picture of it can be decoded; write or download it again.")
    width, height = walk.first.width, walk.first.height
    if walk.first.rotation % 180:
        width, height = height, width
    frames = walk.spans[stream.index].packets
    rate, counted = float(stream.average_rate or 0), frames / duration if duration > 0 else 0.0
    # The declared rate is exact (30000/1001) where it is right; Matroska declares one for variable rates too.
    steady = abs(rate - counted) <= 0.01 * counted
    return VideoInfo(frame_rate=rate if steady else counted, width=width, height=height, frames=frames)
