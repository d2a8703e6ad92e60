"""What the players play: a picture with another sound, a sound alone, a still."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np

from vggsound_omni.media import browsers_play, copy_picture, join, read_frames, write_mp4
from vggsound_omni.protocol import Audio

_LARGEST_PICTURE = 700_000
"""Bytes of coded picture that are embedded as they are; more, or another codec than H.264, is coded anew."""
_SMALL_SIZE, _SMALL_FPS = 240, 15.0
_STILL_WIDTH = 320


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
    picture = copy_picture(video, folder, "picture")  # the video's own name may be that of the target
    if browsers_play(picture) and picture.stat().st_size <= _LARGEST_PICTURE:
        join(target, sound, picture, seconds)
    else:
        frames = read_frames(picture, _SMALL_FPS, _SMALL_SIZE, seconds)
        write_mp4(target, frames, _SMALL_FPS, sound)
    return target


def sound_alone(sound: Audio, target: Path) -> Path:
    """AAC in MP4, mono or stereo."""
    join(target, sound, None, sound.duration)
    return target


def still(video: Path, seconds: float) -> str:
    """A data: URI of a JPEG: a frame from the middle of these seconds, at most about 320 pixels wide."""
    from matplotlib.image import imsave

    frames = read_frames(video, 2 / seconds, None, seconds)
    step = -(-frames.shape[2] // _STILL_WIDTH)
    coded = io.BytesIO()
    imsave(coded, np.ascontiguousarray(frames[-1, ::step, ::step]), format="jpg", pil_kwargs={"quality": 80})
    return data_uri("image/jpeg", coded.getvalue())


def data_uri(kind: str, content: bytes) -> str:
    """The content itself as an address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
