"""Compares the time that a file's packets cover with the duration in its header."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from ._container import RefusedError, truncated
from ._whole import declares_length

# Packets may cover less than the header promises, by the sum of these: writers round, and stop within a frame.
_LACKING_SECONDS = 0.25
_LACKING_SHARE = 0.01
# No packet of an Ogg file lasts longer: Vorbis at 8 kHz has at most 1.02 s. One that does has a broken clock behind it.
_LONGEST_PACKET = 2.0


@dataclass
class Span:
    """The time that the packets of one stream cover, in seconds on the file's clock."""

    packets: int = 0
    start: float = float("inf")
    end: float = float("-inf")
    held: float = 0.0  # the sum of what each packet lasts

    def count_packets_if_clock_is_broken(self) -> bool:
        """Takes what the packets last for the length, if Ogg's pages count far more: one wrong page claims days.

        Returns:
            Whether it did. Libsndfile writes such pages into short files, whose sound is all there.
        """
        broken = self.end - self.start > self.held * (1 + _LACKING_SHARE) + _LACKING_SECONDS
        if broken:
            self.start, self.end = 0.0, self.held
        return broken


class Spans:
    """The time that all packets of a file cover, by stream; readers of whole files add every packet."""

    def __init__(self) -> None:
        self._spans: dict[int, Span] = {}
        self.miscounted = False  # whether an Ogg file's pages count more time than there is; known after check()

    def add(self, packet: av.Packet[Any]) -> None:
        """Adds a packet."""
        time = packet.dts if packet.pts is None else packet.pts
        if packet.size and time is not None and not packet.is_discard:
            span = self._spans.setdefault(packet.stream_index, Span())
            span.packets += 1
            span.start = min(span.start, float(time * packet.time_base))
            lasts = float((packet.duration or 0) * packet.time_base)
            span.end = max(span.end, float(time * packet.time_base) + lasts)
            span.held += min(lasts, _LONGEST_PACKET)

    def of(self, stream: av.VideoStream | av.AudioStream) -> Span:
        """Returns the span of one stream."""
        return self._spans[stream.index]

    def check(
        self, path: Path, container: InputContainer, video: av.VideoStream | None, audio: av.AudioStream | None
    ) -> None:
        """Checks that a file has all that its header promises, after every packet was added.

        Raises:
            UserError: it is truncated, or holds neither picture nor sound, or only a still picture.
        """
        if video is None and audio is None:
            raise RefusedError("holds neither picture nor sound.")
        promised = promised_seconds(path, container)
        if promised is not None and self._covered < promised * (1 - _LACKING_SHARE) - _LACKING_SECONDS:
            there = max(0.0, self._covered)
            raise truncated(path, f"its header promises {promised:.2f} s, {there:.2f} s are there")
        for stream in (video, audio):
            if stream is not None and stream.index not in self._spans:
                raise truncated(path, f"its {stream.type} stream has no content")
        if audio is not None and container.format.name == "ogg":
            self.miscounted = self.of(audio).count_packets_if_clock_is_broken()
        if video is not None and audio is None and self.of(video).packets == 1:
            raise RefusedError("is a still picture; a video or a sound is expected.")

    @property
    def _covered(self) -> float:
        """Seconds from the start of the first packet to the end of the last."""
        spans = self._spans.values()
        return max((s.end for s in spans), default=0.0) - min((max(0.0, s.start) for s in spans), default=0.0)


def promised_seconds(path: Path, container: InputContainer) -> float | None:
    """Returns the duration in the header, in seconds; None if FFmpeg only guesses it from the file's size."""
    name = container.format.name
    certain = name == "flac" or name.startswith(("mov", "matroska")) or (name == "mp3" and declares_length(path))
    return container.duration / av.time_base if certain and container.duration else None
