"""An odd file is a sentence, whatever the decoder makes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import wavfile

from vggsound_omni.errors import UserError
from vggsound_omni.media import copy_picture, probe, read_audio, read_frames
from vggsound_omni.media._container import TargetError, opened
from vggsound_omni.media.survey import survey

from .coding import FPS, SECONDS, Kind, code
from .test_bounds import patched


def wav(path: Path, samples: np.ndarray) -> Path:
    wavfile.write(path, 16_000, samples)
    return path


def test_a_wav_of_64_bit_integers_is_one_sentence(tmp_path: Path) -> None:
    path = wav(tmp_path / "wide.wav", np.zeros(16_000, np.int64))
    for read in (read_audio, survey):
        with pytest.raises(UserError, match="is of 64-bit integers, which cannot be read; convert it") as caught:
            read(path)
        assert str(caught.value).count(". ") == 0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e7])
@pytest.mark.parametrize("mono", [True, False])
def test_sound_that_is_no_number_is_refused_with_a_count(
    tmp_path: Path, kind: type[np.floating], value: float, mono: bool
) -> None:
    samples = np.full((16_000, 2), 0.1, kind)
    samples[3_000, 0] = samples[9_000, 1] = value
    path = wav(tmp_path / "odd.wav", samples)
    with pytest.raises(UserError, match=r"odd\.wav: 2 samples of its sound are NaN, infinite"):
        read_audio(path, mono=mono)
    heard = survey(path).sound
    assert heard is not None
    assert not heard.finite


def test_float64_beyond_float32_is_refused_without_a_warning(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="are NaN, infinite"):
        read_audio(wav(tmp_path / "odd.wav", np.full(16_000, 1e300)))


@pytest.mark.parametrize("error", [ValueError, IndexError, MemoryError, OverflowError, ZeroDivisionError, RuntimeError])
def test_whatever_a_decoder_raises_is_one_sentence(tmp_path: Path, error: type[Exception]) -> None:
    path = code(tmp_path, Kind("wav", "pcm_s16le"))
    with pytest.raises(UserError) as caught, opened(path):
        raise error("out of the decoder's depths")
    assert str(caught.value).startswith(f"{path}: ")
    assert "depths" not in str(caught.value)


@pytest.mark.parametrize("error", [TargetError, KeyboardInterrupt, OSError])
def test_what_is_not_the_files_fault_passes(tmp_path: Path, error: type[BaseException]) -> None:
    path = code(tmp_path, Kind("wav", "pcm_s16le"))
    with pytest.raises(error), opened(path):
        raise error


@pytest.mark.parametrize(("box", "which"), [(b"mvhd", 0), (b"mdhd", 0), (b"mdhd", 1)])
def test_a_clock_of_zero_ticks_a_second_is_refused(tmp_path: Path, box: bytes, which: int) -> None:
    path = patched(code(tmp_path, Kind("mp4", "aac", "libx264")), box, 12, bytes(4), which)
    for read in (probe, survey, read_audio):
        with pytest.raises(UserError, match="its clock makes 0 ticks a second"):
            read(path)


@pytest.mark.parametrize("suffix", ["flac", "mp3"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_build_refuses_what_probe_refuses(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (1, round(SECONDS * 48_000))).astype(np.float32)
    path = code(tmp_path, Kind(suffix, {"flac": "flac", "mp3": "libmp3lame"}[suffix]), samples=noise)
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    for read in (probe, survey):
        with pytest.raises(UserError, match=r"is truncated, its header promises|is damaged"):
            read(path)


def old_video(path: Path, codec: str, form: str, level: int = 0) -> Path:
    """Pictures of one grey in a codec of the early web."""
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=FPS)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 176, 144, "yuv420p"
        for k in range(round(2 * FPS)):
            pixels = np.full((144, 176, 3), level, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("codec", "form", "suffix"),
    [
        ("h263", "3gp", ".mov"),
        ("flv", "flv", ".flv"),
        ("wmv2", "asf", ".asf"),
        ("msmpeg4", "avi", ".mkv"),
        ("h261", "avi", ".asf"),
        ("mpeg4", "avi", ".mp4"),
    ],
)
def test_codecs_that_matroska_lacks_are_copied_into_another_container(
    tmp_path: Path, codec: str, form: str, suffix: str
) -> None:
    source = old_video(tmp_path / f"clip.{form}", codec, form, level=90)
    (tmp_path / "out").mkdir()
    copy = copy_picture(source, tmp_path / "out", "item-7")
    assert copy == tmp_path / "out" / f"item-7{suffix}"
    assert list((tmp_path / "out").iterdir()) == [copy]
    assert probe(copy).audio is None
    np.testing.assert_array_equal(read_frames(copy, 25, 64, 1.5), read_frames(source, 25, 64, 1.5))


def test_two_sources_of_one_name_are_copied_under_names_of_the_callers(tmp_path: Path) -> None:
    sources = []
    for level in (18, 198):  # 16 and 196 when coded
        (tmp_path / str(level)).mkdir()
        pictures = [np.full((48, 64, 3), level, np.uint8)] * 5
        sources.append(code(tmp_path / str(level), Kind("mp4", None, "libx264"), pictures=pictures))
    assert sources[0].name == sources[1].name
    copies = [copy_picture(source, tmp_path, f"item{k}") for k, source in enumerate(sources)]
    assert [round(float(read_frames(copy, 25).mean())) for copy in copies] == [16, 196]
    with pytest.raises(UserError, match=r"item0\.mp4: is there already"):
        copy_picture(sources[1], tmp_path, "item0")
    assert round(float(read_frames(copies[0], 25).mean())) == 16


def test_a_source_that_breaks_off_leaves_no_half_copy(tmp_path: Path) -> None:
    pictures = [np.random.default_rng(k).integers(0, 256, (96, 96, 3), np.uint8) for k in range(5)]
    source = code(tmp_path, Kind("mkv", None, "libx264", "matroska"), pictures=pictures)
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 2])
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match="is truncated"):
        copy_picture(source, tmp_path / "out", "x")
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_that_cannot_be_written_to_is_not_the_sources_fault(tmp_path: Path) -> None:
    source = code(tmp_path, Kind("mp4", None, "libx264"))
    with pytest.raises((OSError, UserError)) as caught:
        copy_picture(source, Path("/proc/self/fdinfo"), "x")
    assert "is damaged" not in str(caught.value)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "clip.mp4")
    with pytest.raises(UserError, match="is a device or pipe"):
        probe(tmp_path / "clip.mp4")
