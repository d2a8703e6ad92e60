"""Joins a video with another sound without re-encoding the video."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Audio

from ._container import opened
from ._container import picture as picture_of
from .resample import resample
from .write import LAYOUTS, write_sound

_BIT_RATE = 64_000  # of AAC, per channel: good enough for previewing clips, at a sixth of FLAC's size
_RATES = {16_000, 22_050, 24_000, 32_000, 44_100, 48_000}


def browsers_play(path: Path) -> bool:
    """Whether every browser plays this file's video in MP4.

    Raises:
        UserError: the file cannot be read.
    """
    with opened(path) as container:
        stream = picture_of(container)
        codec = stream.codec_context if stream else None
        return codec is not None and codec.name == "h264" and codec.pix_fmt in ("yuv420p", "yuvj420p")


def join(target: Path, sound: Audio, picture: Path | None, seconds: float) -> None:
    """Writes an MP4 of a sound and the video of another file, which is copied without re-encoding; both from time 0.

    Args:
        target: the file to write.
        sound: one or two channels; resampled to 48 kHz if AAC does not support its rate.
        picture: the file whose video is copied; None writes the sound alone.
        seconds: both are cut to this length.

    Raises:
        UserError: ``picture`` cannot be read or has none.
    """
    samples, rate = sound.samples, sound.sample_rate
    if rate not in _RATES:
        samples, rate = resample(samples, rate, 48_000), 48_000
    samples = samples[:, : round(seconds * rate)]
    with ExitStack() as stack:
        source = stack.enter_context(opened(picture)) if picture else None
        template = picture_of(source) if source else None
        if picture and template is None:
            raise UserError(f"{picture}: holds no picture.")
        container = stack.enter_context(av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}))
        video = container.add_stream_from_template(template) if template else None
        audio = container.add_stream("aac", rate=rate, layout=LAYOUTS[len(samples)])
        audio.bit_rate = _BIT_RATE * len(samples)
        if source and template and video:
            for packet in _until(source, template, seconds):
                packet.stream = video
                container.mux(packet)
        write_sound(container, audio, Audio(samples=np.clip(samples, -1, 1), sample_rate=rate))


def _until(
    source: av.container.InputContainer, stream: av.VideoStream, seconds: float
) -> list[av.Packet[av.VideoStream]]:
    """Returns the packets of a video up to a time, shifted so that its first frame is shown at time 0.

    Packets come in decoding order; one that is shown too late is kept if a later packet needs it.
    """
    packets = list(source.demux(stream))
    zero = min((packet.pts for packet in packets if packet.pts is not None), default=0)
    moved, end = [], 0
    for packet in packets:
        if packet.pts is not None and packet.dts is not None:
            packet.pts, packet.dts = packet.pts - zero, packet.dts - zero
            moved.append(packet)
            if packet.pts * packet.time_base < seconds:
                end = len(moved)
    return moved[:end]
