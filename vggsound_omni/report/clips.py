"""What the players play: a picture with another sound, a sound alone, a still."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vggsound_omni.media import copy_picture, read_frames, resample, write_mp4
from vggsound_omni.protocol import Audio

_LARGEST_PICTURE = 700_000
"""Bytes of coded picture that are embedded as they are; more, or another codec than H.264, is coded anew."""
_SMALL_SIZE, _SMALL_FPS = 240, 15.0
_STILL_WIDTH = 320
_BIT_RATE = 64_000
"""Of AAC, per channel: beyond the ear's doubt for a look at a clip, at a sixth of FLAC's size."""
_RATES = {16_000, 22_050, 24_000, 32_000, 44_100, 48_000}
_LAYOUTS = {1: "mono", 2: "stereo"}


def with_sound(video: Path, sound: Audio, seconds: float, folder: Path) -> Path:
    """An MP4 of a video's picture and another sound, both from time 0.

    The coded picture is copied where browsers play it and it is small; otherwise its middle square is coded anew.

    Args:
        video: any file with a picture.
        sound: one or two channels.
        seconds: what lies behind is cut.
        folder: where files may be written.

    Raises:
        UserError: the video cannot be read.
    """
    target = folder / "generated.mp4"
    picture = copy_picture(video, folder)
    if _plays(picture) and picture.stat().st_size <= _LARGEST_PICTURE:
        _mux(target, sound, picture, seconds)
    else:
        frames = read_frames(picture, _SMALL_FPS, _SMALL_SIZE, seconds)
        write_mp4(target, frames, _SMALL_FPS, sound)
    return target


def sound_alone(sound: Audio, target: Path) -> Path:
    """AAC in MP4, mono or stereo."""
    _mux(target, sound, None, sound.duration)
    return target


def still(video: Path, seconds: float) -> str:
    """A data: URI of a JPEG: a frame from the middle of these seconds, at most about 320 pixels wide."""
    from matplotlib.image import imsave

    frames = read_frames(video, 2.0, None, max(seconds / 2, 0.5))
    step = -(-frames.shape[2] // _STILL_WIDTH)
    coded = io.BytesIO()
    imsave(coded, np.ascontiguousarray(frames[-1, ::step, ::step]), format="jpg", pil_kwargs={"quality": 80})
    return data_uri("image/jpeg", coded.getvalue())


def data_uri(kind: str, content: bytes) -> str:
    """The content itself as an address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _plays(path: Path) -> bool:
    """Whether every browser plays this picture in MP4."""
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        return codec.name == "h264" and codec.pix_fmt in ("yuv420p", "yuvj420p")


def _mux(target: Path, sound: Audio, picture: Path | None, seconds: float) -> None:
    samples, rate = sound.samples, sound.sample_rate
    if rate not in _RATES:
        samples, rate = resample(samples, rate, 48_000), 48_000
    samples = samples[:, : round(seconds * rate)]
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        source = av.open(str(picture)) if picture else None
        template = source.streams.video[0] if source else None
        video = container.add_stream_from_template(template) if template else None
        audio = container.add_stream("aac", rate=rate, layout=_LAYOUTS[len(samples)])
        audio.bit_rate = _BIT_RATE * len(samples)
        if source and template and video:
            for packet in _until(source, template, seconds):
                packet.stream = video
                container.mux(packet)
            source.close()
        step = audio.codec_context.frame_size or 1024
        for start in range(0, samples.shape[1], step):
            piece = np.ascontiguousarray(np.clip(samples[:, start : start + step], -1, 1), np.float32)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=_LAYOUTS[len(piece)])
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))


def _until(
    source: av.container.InputContainer, stream: av.VideoStream, seconds: float
) -> list[av.Packet[av.VideoStream]]:
    """The packets of a picture up to a time, moved so that its first frame is shown at time 0.

    Packets come in the order of decoding; one that is shown too late stays if a later packet needs it.
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
