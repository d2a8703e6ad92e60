"""Writes sound and video; every file is written atomically."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from vggsound_omni.io import creating, replacing
from vggsound_omni.protocol import Audio

from .resample import resample

_AAC_RATES = {8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000}
_FALLBACK_RATE = 48_000
_H264 = {"crf": "20", "preset": "veryfast", "x264-params": "cpu-independent=1"}
"""Without ``cpu-independent``, x264's macroblock tree reads uninitialised memory (seen in PyAV 18.1), so that pictures
depend on what the process did before, and costs are rounded differently on different processors."""
LAYOUTS = {1: "mono", 2: "stereo"}  # FFmpeg's names of channel layouts, by number of channels


def write_flac(path: Path, audio: Audio, *, first: bool = False) -> None:
    """Writes 24-bit FLAC. Samples change by at most 2 ** -24; those beyond [-1, 1) are clipped.

    Args:
        path: the file.
        audio: the sound.
        first: a file that exists stays as it is, also one that another process writes meanwhile.

    Raises:
        ValueError: a sample is not finite.
        OSError: the disk is full, or the folder cannot be written to.
    """
    import soundfile

    # libsndfile scales floats by 2 ** 23 - 1, but shifted integers keep every 24-bit value exactly.
    integers = _integers(audio, 24) << 8
    coded = io.BytesIO()  # unlike Python, libsndfile does not say why it could not write to a file
    soundfile.write(coded, integers.T, audio.sample_rate, subtype="PCM_24", format="FLAC")
    with (creating if first else replacing)(path) as temporary:
        temporary.write_bytes(coded.getbuffer())


def write_wav(path: Path, audio: Audio, subtype: Literal["PCM_16", "FLOAT"]) -> None:
    """Writes WAV: 16-bit (rounded, clipped) or 32-bit float (exact). The same sound gives the same bytes."""
    from scipy.io import wavfile  # libsndfile writes the current time into float files

    samples = _integers(audio, 16).astype(np.int16) if subtype == "PCM_16" else audio.samples
    with replacing(path) as temporary:
        wavfile.write(temporary, audio.sample_rate, samples.T)


def _integers(audio: Audio, bits: int) -> npt.NDArray[np.int32]:
    if not np.isfinite(audio.samples).all():
        raise ValueError("samples must be finite to be written as integers.")
    scale = 2.0 ** (bits - 1)
    return np.clip(np.rint(audio.samples.astype(np.float64) * scale), -scale, scale - 1).astype(np.int32)


def write_mp4(path: Path, frames: npt.NDArray[np.uint8], fps: float, audio: Audio | None) -> None:
    """Writes H.264 (CRF 20) and AAC (96 kbit/s), index first. The same input gives the same bytes.

    Args:
        path: the file to write.
        frames: (frames, height, width, 3), RGB, with even height and width.
        fps: frames per second.
        audio: mono or stereo, or None. It is resampled to 48 kHz if AAC does not support its rate.

    Raises:
        ValueError: H.264 cannot hold the frames, or AAC the channels.
    """
    if frames.ndim != 4 or frames.shape[1] % 2 or frames.shape[2] % 2 or frames.shape[3] != 3 or not len(frames):
        raise ValueError(f"frames must be (frames, even height, even width, 3), not {frames.shape}.")
    if audio is not None and len(audio.samples) not in LAYOUTS:
        raise ValueError(f"audio must have one or two channels, not {len(audio.samples)}.")
    with (
        replacing(path) as temporary,
        av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        rate = Fraction(fps).limit_denominator(1001)
        video = container.add_stream("libx264", rate=rate, options=_H264)
        sound = None
        if audio is not None:
            if audio.sample_rate not in _AAC_RATES:
                samples = resample(audio.samples, audio.sample_rate, _FALLBACK_RATE)
                audio = Audio(samples=samples, sample_rate=_FALLBACK_RATE)
            layout = LAYOUTS[len(audio.samples)]
            sound = container.add_stream("aac", rate=audio.sample_rate, layout=layout)
            sound.bit_rate = 96_000
        _write_picture(container, video, frames, rate)
        if audio is not None and sound is not None:
            write_sound(container, sound, audio)


def _write_picture(
    container: av.container.OutputContainer, stream: av.VideoStream, frames: npt.NDArray[np.uint8], rate: Fraction
) -> None:
    stream.height, stream.width = frames.shape[1:3]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1  # more would make the bytes depend on the machine
    # Some players assume BT.709 for untagged video, others BT.601.
    stream.codec_context.colorspace = 6
    stream.codec_context.color_range = ColorRange.MPEG
    scaler = VideoReformatter()
    for index, picture in enumerate(frames):
        frame = scaler.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.SMPTE170M,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT,
            threads=1,
        )
        frame.pts, frame.time_base = index, 1 / rate
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_sound(container: av.container.OutputContainer, stream: av.AudioStream, audio: Audio) -> None:
    """Encodes a whole sound into an open container's stream, frame by frame."""
    step = stream.codec_context.frame_size or 1024
    for start in range(0, audio.samples.shape[1], step):
        piece = np.ascontiguousarray(audio.samples[:, start : start + step], np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=LAYOUTS[len(piece)])
        frame.sample_rate, frame.pts, frame.time_base = audio.sample_rate, start, Fraction(1, audio.sample_rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
