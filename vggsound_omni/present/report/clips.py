"""Media for the report's players: a video with another sound, a sound alone, a still image."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np

from vggsound_omni.media import browsers_play, copy_picture, join, read_frames, write_mp4
from vggsound_omni.protocol import Audio

_LARGEST_PICTURE = 700_000  # bytes; a larger video, or one that browsers may not play, is re-encoded
_SMALL_SIZE, _SMALL_FPS = 240, 15.0
_STILL_WIDTH = 320


def with_sound(video: Path, sound: Audio, seconds: float, folder: Path) -> Path:
    """Writes an MP4 of a video's picture and another sound, both from time 0, and returns its path.

    The coded video is copied if it is small and browsers play it; otherwise its middle square is re-encoded.

    Args:
        video: any file with a video stream.
        sound: one or two channels.
        seconds: both are cut to this length.
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
    """Writes a mono or stereo sound as AAC in MP4, and returns its path."""
    join(target, sound, None, sound.duration)
    return target


def still(video: Path, seconds: float) -> str:
    """Returns a data: URI of a JPEG: the frame at the middle of these seconds, at most about 320 pixels wide."""
    from matplotlib.image import imsave

    frames = read_frames(video, 2 / seconds, None, seconds)
    step = -(-frames.shape[2] // _STILL_WIDTH)
    coded = io.BytesIO()
    imsave(coded, np.ascontiguousarray(frames[-1, ::step, ::step]), format="jpg", pil_kwargs={"quality": 80})
    return data_uri("image/jpeg", coded.getvalue())


def data_uri(kind: str, content: bytes) -> str:
    """Encodes content as a data: URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
