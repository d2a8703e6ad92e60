"""No file makes the program take more memory or decode more than was asked for."""

from __future__ import annotations

import struct
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.media import copy_picture, probe, read_audio, read_frames
from vggsound_omni.media.survey import survey

from .coding import FPS, SECONDS, Kind, code, flash

MP4 = Kind("mp4", "aac", "libx264")
SILENT = Kind("mp4", None, "libx264")
LONG = 36_000.0
"""Seconds: ten hours."""


def patched(path: Path, box: bytes, offset: int, value: bytes, which: int = 0) -> Path:
    """Overwrites bytes of an MP4 box, counted from its name."""
    content = bytearray(path.read_bytes())
    at = -1
    for _ in range(which + 1):
        at = content.index(box, at + 1)
    content[at + 4 + offset : at + 4 + offset + len(value)] = value
    path.write_bytes(content)
    return path


def slow(path: Path) -> Path:
    """An MP4 whose table of times (``stts``) lets each picture stay for hours."""
    return patched(path, b"stts", 12, struct.pack(">I", 2**30))


@pytest.mark.parametrize("seconds", [0.01, 1.0, 8.0])
def test_a_clip_that_claims_to_last_for_ages_gives_no_more_frames_than_asked(tmp_path: Path, seconds: float) -> None:
    path = slow(code(tmp_path, SILENT))
    tracemalloc.start()
    frames = read_frames(path, 25, 224, seconds)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(frames) == max(1, round(25 * seconds))
    assert peak < 2.5 * frames.nbytes + 2**20


def test_without_seconds_a_clip_that_claims_to_last_for_ages_is_refused(tmp_path: Path) -> None:
    path = slow(code(tmp_path, SILENT))
    with pytest.raises(UserError, match=r"GiB, and one call returns at most 8 GiB"):
        read_frames(path, 25, 224)


def test_a_gap_of_ten_hours_is_not_decoded_over(tmp_path: Path) -> None:
    times = [0.0, 0.04, LONG]
    path = code(tmp_path, Kind("mkv", None, "libx264", "matroska"), pictures=flash(3, at=1), times=times)
    assert len(read_frames(path, 10, 32, 8.0)) == 80
    with pytest.raises(UserError, match="GiB"):
        read_frames(path, 100_000, 64)


@settings(max_examples=15, deadline=None)
@given(seconds=st.floats(0, 6), fps=st.floats(0.1, 60))
def test_frames_never_outlast_the_seconds(tmp_path_factory: pytest.TempPathFactory, seconds: float, fps: float) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / f"{SILENT}.mp4"
    if not path.exists():
        code(folder, SILENT)
    count = len(read_frames(path, fps, 16, seconds))
    assert 1 <= count <= max(1, round(seconds * fps))
    assert count <= max(1, round(SECONDS * fps))


def test_a_picture_of_absurd_size_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "big.mkv"
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for k, pixels in enumerate(flash(5)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    # SOF0 of every JPEG: marker, length, precision, height, width.
    head = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 48, 64)
    assert head in content
    path.write_bytes(content.replace(head, head[:5] + struct.pack(">HH", 16_000, 16_000)))
    for read in (probe, survey, lambda p: read_frames(p, 25, 32, 1.0)):
        with pytest.raises(UserError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")


def test_a_picture_too_thin_to_be_scaled_is_refused(tmp_path: Path) -> None:
    path = code(tmp_path, SILENT, pictures=[np.zeros((2, 16_000, 3), np.uint8)] * 2)
    with pytest.raises(UserError, match="too long and thin"):
        read_frames(path, 25, 224, 1.0)


def test_sound_is_cut_at_the_seconds_and_holes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "hole.mkv"
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for start in (0, round(LONG * 48_000)):
            frame = av.AudioFrame.from_ndarray(np.full((1, 4_800), 9_000, np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    tracemalloc.start()
    audio = read_audio(path, seconds=8.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert audio.samples.shape == (1, 8 * 48_000)
    assert np.count_nonzero(audio.samples) == 4_800
    assert peak < 4 * audio.samples.nbytes
    with pytest.raises(UserError, match="more than 2 GiB"):
        read_audio(path)


@pytest.mark.parametrize("rate", [500, 4_000_000])
def test_a_rate_that_no_sound_has_is_refused(tmp_path: Path, rate: int) -> None:
    path = code(tmp_path, Kind("wav", "pcm_s16le"))
    content = path.read_bytes()
    path.write_bytes(content[:24] + struct.pack("<II", rate, 2 * rate) + content[32:])
    for read in (probe, survey, read_audio):
        with pytest.raises(UserError, match="samples a second; 1,000 to 768,000 are expected"):
            read(path)


def test_an_index_that_names_the_same_bytes_again_and_again_is_refused(tmp_path: Path) -> None:
    path = code(
        tmp_path, SILENT, pictures=[np.random.default_rng(k).integers(0, 256, (96, 96, 3), np.uint8) for k in range(2)]
    )
    path.write_bytes(_with_repeated_chunks(path.read_bytes(), 4_000))
    for read in (probe, survey, lambda p: copy_picture(p, tmp_path, "copy")):
        with pytest.raises(UserError, match="index names more than 4 times"):
            read(path)
    assert not list(tmp_path.glob("copy*"))


def _with_repeated_chunks(content: bytes, many: int) -> bytes:
    """The MP4 with each table of its samples rewritten: ``many`` samples, all of the first one's bytes."""
    moov = content.index(b"moov") - 4
    head, body = content[:moov], content[moov:]
    first = struct.unpack(">I", body[body.index(b"stco") + 12 :][:4])[0]
    size = struct.unpack(">I", body[body.index(b"stsz") + 16 :][:4])[0]
    tables = {
        b"stts": struct.pack(">IIII", 0, 1, many, 512),
        b"stsc": struct.pack(">IIIII", 0, 1, 1, 1, 1),
        b"stsz": struct.pack(">III", 0, size, many),
        b"stco": struct.pack(">II", 0, many) + struct.pack(">I", first) * many,
        b"stss": struct.pack(">III", 0, 1, 1),
        b"ctts": struct.pack(">IIII", 0, 1, many, 0),
        b"edts": b"",
    }

    def rebuilt(data: bytes) -> bytes:
        out, at = b"", 0
        while at + 8 <= len(data):
            length, name = struct.unpack(">I4s", data[at : at + 8])
            inner = data[at + 8 : at + length]
            if name in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                inner = rebuilt(inner)
            inner = tables.get(name, inner)
            out += struct.pack(">I4s", 8 + len(inner), name) + inner
            at += length
        return out

    return head + rebuilt(body)
