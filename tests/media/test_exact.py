"""Lossless sound is exact: samples / 2 ** (bits - 1), at any width, never through 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vggsound_omni.media import read_audio, write_flac, write_wav
from vggsound_omni.media._flac import flac_by_checksum
from vggsound_omni.protocol import Audio

WIDTHS = [
    ("wav", "PCM_U8", 8),
    ("wav", "PCM_16", 16),
    ("wav", "PCM_24", 24),
    ("wav", "PCM_32", 32),
    ("flac", "PCM_S8", 8),
    ("flac", "PCM_16", 16),
    ("flac", "PCM_24", 24),
]


def integers(bits: int, channels: int) -> npt.NDArray[np.int64]:
    values = np.random.default_rng(bits).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (5000, channels))
    values[:2] = [[-(2 ** (bits - 1))], [2 ** (bits - 1) - 1]]
    return values


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("suffix", "subtype", "bits"), WIDTHS)
def test_integers_are_exact(tmp_path: Path, suffix: str, subtype: str, bits: int, channels: int) -> None:
    path, values = tmp_path / f"x.{suffix}", integers(bits, channels)
    soundfile.write(path, (values << (32 - bits)).astype(np.int32), 22_050, subtype=subtype)
    audio = read_audio(path, mono=False)
    assert audio.sample_rate == 22_050
    np.testing.assert_array_equal(audio.samples, (values.T / 2 ** (bits - 1)).astype(np.float32))


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_floats_are_exact_and_not_clipped(tmp_path: Path, subtype: str) -> None:
    values = np.random.default_rng(0).normal(0, 1, (5000, 2)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", values, 96_000, subtype=subtype)
    np.testing.assert_array_equal(read_audio(tmp_path / "x.wav", mono=False).samples, values.T)


@pytest.mark.parametrize("channels", [2, 3, 6])
def test_mono_is_the_mean_rounded_once(tmp_path: Path, channels: int) -> None:
    values = integers(24, channels)
    soundfile.write(tmp_path / "x.wav", (values << 8).astype(np.int32), 48_000, subtype="PCM_24")
    np.testing.assert_array_equal(
        read_audio(tmp_path / "x.wav").samples[0], (values / 2**23).mean(axis=1).astype(np.float32)
    )


def test_flac_keeps_every_24_bit_value(tmp_path: Path) -> None:
    samples = (integers(24, 2).T / 2**23).astype(np.float32)
    write_flac(tmp_path / "x.flac", Audio(samples=samples, sample_rate=44_100))
    np.testing.assert_array_equal(read_audio(tmp_path / "x.flac", mono=False).samples, samples)


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 2), st.integers(1, 300)), elements=st.floats(-2, 2, width=32)))
def test_flac_is_within_half_a_step_and_clips(
    tmp_path_factory: pytest.TempPathFactory, samples: npt.NDArray[np.float32]
) -> None:
    path = tmp_path_factory.mktemp("flac") / "x.flac"
    write_flac(path, Audio(samples=samples, sample_rate=16_000))
    back = read_audio(path, mono=False).samples
    assert np.abs(back - np.clip(samples, -1, 1 - 2.0**-23)).max() <= 2.0**-24


def test_wav_is_exact_in_float_and_rounds_in_16_bit(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-1.2, 1.2, (2, 4000)).astype(np.float32)
    audio = Audio(samples=samples, sample_rate=32_000)
    write_wav(tmp_path / "f.wav", audio, "FLOAT")
    write_wav(tmp_path / "i.wav", audio, "PCM_16")
    np.testing.assert_array_equal(read_audio(tmp_path / "f.wav", mono=False).samples, samples)
    assert soundfile.info(tmp_path / "i.wav").subtype == "PCM_16"
    back = read_audio(tmp_path / "i.wav", mono=False).samples
    assert np.abs(back - np.clip(samples, -1, 1 - 2.0**-15)).max() <= 2.0**-16


@pytest.mark.parametrize("seed", [1170870718, 2736378917, 741574395])
def test_flac_that_ffmpeg_takes_for_damaged_is_read_and_proven_by_its_checksum(tmp_path: Path, seed: int) -> None:
    """Noise in which FFmpeg 8.1 sees the start of a frame that is none: three of 20,000 files were so."""
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, (1, 8000)).astype(np.float32)
    path = tmp_path / "noise.flac"
    write_flac(path, Audio(samples=samples, sample_rate=16_000))
    expected = np.rint(samples * 2.0**23) / 2.0**23
    found = read_audio(path, mono=False)
    assert found.sample_rate == 16_000
    assert found.samples.dtype == np.float32
    np.testing.assert_array_equal(found.samples, expected)
    np.testing.assert_array_equal(read_audio(path, seconds=0.25).samples, expected[:, :4000])
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    assert flac_by_checksum(path) is None, "what is damaged is not what its checksum says"
