"""Mutated media files of many kinds: each is read, or refused with a sentence."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soundfile
from scipy.io import wavfile

from vggsound_omni.media import copy_picture, describe, probe, read_audio, read_frames
from vggsound_omni.media.survey import survey

from . import FINDING, running
from .running import outcome

RATE, FPS, SECONDS = 16_000, 10, 2.0
WINDOW = 8.0
"""Seconds asked for."""
KINDS: dict[str, tuple[str, str | None, str | None]] = {
    "pcm16.wav": ("wav", None, "pcm_s16le"),
    "float.wav": ("wav", None, "pcm_f32le"),
    "double.wav": ("wav", None, "pcm_f64le"),
    "wide.wav": ("", None, None),
    "a.flac": ("flac", None, "flac"),
    "a.mp3": ("mp3", None, "libmp3lame"),
    "a.aac": ("adts", None, "aac"),
    "a.m4a": ("ipod", None, "aac"),
    "a.ogg": ("", None, None),
    "a.opus": ("ogg", None, "libopus"),
    "h264.mp4": ("mp4", "libx264", "aac"),
    "fragmented.mp4": ("mp4", "libx264", "aac"),
    "mute.mp4": ("mp4", "libx264", None),
    "h264.mkv": ("matroska", "libx264", "flac"),
    "vp8.webm": ("webm", "libvpx", "libopus"),
    "mjpeg.avi": ("avi", "mjpeg", "pcm_s16le"),
    "flv1.flv": ("flv", "flv", "libmp3lame"),
    "h263.3gp": ("3gp", "h263", "aac"),
    "wmv2.asf": ("asf", "wmv2", None),
    "a.ts": ("mpegts", "mpeg2video", "aac"),
}
"""By file name: FFmpeg's container, codec of the picture, codec of the sound."""
_FORMATS = {"libopus": "flt", "flac": "s16", "pcm_s16le": "s16", "pcm_f32le": "flt", "pcm_f64le": "dbl"}
_NUMBERS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)


def campaign(n: int, seed: int, seconds: float) -> Counter[str]:
    """Mutates ``n`` files; an outcome is a call that read, or refused in a sentence."""
    return running.campaign(attempt, n, seed, seconds)


def attempt(given: tuple[int, int]) -> list[str]:
    """Makes one mutant and has everything that reads media read it."""
    seed, k = given
    rng = np.random.default_rng([seed, k])
    names = list(KINDS)
    name = names[k % len(names)]
    where = f"--seed {seed}, input {k}: {name}"
    with tempfile.TemporaryDirectory(prefix="omni-bench-fuzz-") as folder:
        path = Path(folder, "in", name)
        path.parent.mkdir()
        path.write_bytes(mutated(valid(name), rng))
        out = Path(folder, "out")
        out.mkdir()
        calls: dict[str, Callable[[], str | None]] = {
            "probe": lambda: _check_duration(probe(path).duration),
            "survey": lambda: _nothing(survey(path)),
            "read_audio": lambda: _check_sound(read_audio(path, seconds=WINDOW).samples, WINDOW),
            "read_audio, whole": lambda: _check_sound(read_audio(path, mono=False).samples, None),
            "read_frames": lambda: _check_frames(read_frames(path, 25, 64, WINDOW), round(25 * WINDOW)),
            "read_frames, own size": lambda: _check_frames(read_frames(path, 2, None, WINDOW), round(2 * WINDOW)),
            "describe": lambda: _nothing(describe(read_audio(path, seconds=WINDOW))),
            "copy_picture": lambda: _check_copy(copy_picture(path, out, "copy"), out),
        }
        came = {what: outcome(what, call, where) for what, call in calls.items()}
        outcomes = list(came.values())
        # What the check of a build takes, that of a manifest must take too: else a suite is built that does not run.
        if came["survey"] == "survey: read" and came["probe"] == "probe: refused":
            outcomes.append(f"{FINDING}: survey takes what probe refuses ({where})")
        if {path.relative_to(folder).parts[0] for path in Path(folder).rglob("*")} - {"in", "out"}:
            outcomes.append(f"{FINDING}: a file was written outside the folder ({where})")
    return outcomes


def _nothing(_: object) -> None:
    return None


def _check_duration(seconds: float) -> str | None:
    return None if 0 < seconds < float("inf") else f"gives a duration of {seconds}"


def _check_sound(samples: npt.NDArray[np.float32], seconds: float | None) -> str | None:
    if not np.isfinite(samples).all():
        return "gives sound that is no number"
    if seconds is not None and samples.shape[1] > seconds * 768_000:
        return f"gives {samples.shape[1]} samples"
    return None


def _check_frames(frames: npt.NDArray[np.uint8], most: int) -> str | None:
    return None if 1 <= len(frames) <= most else f"gives {len(frames)} frames, at most {most} were asked for"


def _check_copy(copy: Path, out: Path) -> str | None:
    if list(out.iterdir()) != [copy]:
        return f"leaves {sorted(path.name for path in out.iterdir())}"
    with av.open(str(copy)) as container:
        return "copies sound" if container.streams.audio else None


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with a few changes of the kinds that break parsers; most keep its length, or every size is wrong."""
    data = bytearray(content)
    for _ in range(min(12, rng.geometric(0.4))):
        # Headers matter most, and stand at the beginning or at the end.
        span = min(len(data), int(rng.choice([64, 512, 4096, len(data)])))
        at = int(rng.integers(span)) if rng.random() < 0.7 else len(data) - 1 - int(rng.integers(span))
        kind = rng.choice(8, p=(0.2, 0.2, 0.25, 0.04, 0.04, 0.13, 0.12, 0.02))
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            data[at] = int(rng.integers(256))
        elif kind == 2:
            order = "big" if rng.random() < 0.5 else "little"
            number = int(rng.choice(np.array(_NUMBERS, np.uint64)))
            size = int(rng.choice([2, 4, 8]))
            data[at : at + size] = (number % 256**size).to_bytes(size, order)
        elif kind == 3:
            del data[at : at + int(rng.integers(1, 64))]
        elif kind == 4:
            data[at:at] = rng.bytes(int(rng.integers(1, 64)))
        elif kind == 5:
            other = int(rng.integers(len(data)))
            data[at : at + 32] = data[other : other + 32]
        elif kind == 6:
            data[at : at + 16] = b"\xff" * 16 if rng.random() < 0.5 else bytes(16)
        else:
            del data[max(64, at) :]
        if len(data) < 8:
            return bytes(data) + bytes(8)
    return bytes(data)


@cache
def valid(name: str) -> bytes:
    """A whole file of a kind, made once in a process."""
    form, picture, sound = KINDS[name]
    noise = np.random.default_rng(0).normal(0, 0.1, round(SECONDS * RATE)).astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="omni-bench-fuzz-") as folder:
        path = Path(folder, name)
        if name == "a.ogg":
            soundfile.write(path, noise, RATE, format="OGG", subtype="VORBIS")
        elif not form:
            wavfile.write(path, RATE, np.rint(noise * 2.0**62).astype(np.int64))
        else:
            options = {"movflags": "frag_keyframe+empty_moov"} if name.startswith("fragmented") else {}
            with av.open(str(path), "w", format=form, options=options) as container:
                streams = [_picture_stream(container, picture)] if picture else []
                sounds = [_sound_stream(container, sound)] if sound else []
                for video in streams:
                    _write_picture(container, video)
                for audio in sounds:
                    _write_sound(container, audio, noise)
        return path.read_bytes()


def _picture_stream(container: av.container.OutputContainer, codec: str) -> av.VideoStream:
    stream = container.add_stream(codec, rate=25 if codec == "mpeg2video" else FPS)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height = 176, 144
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    stream.codec_context.thread_count = 1
    return stream


def _write_picture(container: av.container.OutputContainer, stream: av.VideoStream) -> None:
    rate = int(stream.codec_context.framerate)
    rng = np.random.default_rng(1)
    for k in range(round(SECONDS * rate)):
        small = rng.integers(0, 256, (9, 11, 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(np.kron(small, np.ones((16, 16, 1), np.uint8)), format="rgb24")
        frame.pts, frame.time_base = k, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _sound_stream(container: av.container.OutputContainer, codec: str) -> av.AudioStream:
    stream = container.add_stream(codec, rate=_rate(codec), layout="mono")
    assert isinstance(stream, av.AudioStream)
    stream.codec_context.format = _FORMATS.get(codec, "s16p" if codec == "libmp3lame" else "fltp")
    return stream


def _rate(codec: str) -> int:
    return {"libmp3lame": 22_050}.get(codec, RATE)


def _write_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, samples: npt.NDArray[np.float32]
) -> None:
    form = stream.codec_context.format.name
    step = stream.codec_context.frame_size or 1024
    kind = {"s16": np.int16, "s16p": np.int16, "dbl": np.float64}.get(form, np.float32)
    scale = 2**14 if kind is np.int16 else 1
    for first in range(0, len(samples) // step * step, step):
        piece = np.ascontiguousarray((samples[None, first : first + step] * scale).astype(kind))
        frame = av.AudioFrame.from_ndarray(piece, format=form, layout="mono")
        frame.sample_rate, frame.pts = stream.codec_context.sample_rate, first
        frame.time_base = Fraction(1, frame.sample_rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
