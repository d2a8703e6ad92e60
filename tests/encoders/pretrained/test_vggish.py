"""VGGish computes what av-benchmark's VGGish computes, from the samples to the 128 numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.encoders.encoder import AudioEncoder
from vggsound_omni.encoders.pretrained.rule import cases, golden, write_rule_checkpoint
from vggsound_omni.encoders.pretrained.vggish.port import SHORTEST, LogMel, VggishEncoder
from vggsound_omni.errors import UserError

from .hearing import apart, noise, wave

CASES = cases("vggish")["cases"]
GOLDEN = golden("vggish")
FRONT_END = LogMel()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("vggish", tmp_path_factory.mktemp("vggish") / "vggish-10086976.pth")
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> VggishEncoder:
    return VggishEncoder(checkpoint, kit="av-benchmark")


@pytest.mark.parametrize("name", CASES)
def test_1_samples(name: str) -> None:
    samples = wave(CASES[name], 16_000, remove_dc=True)
    assert samples.shape == (1, CASES[name]["wave_length"])
    assert apart(samples[0, :4096], GOLDEN[f"{name}/wave4096"]) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_2_spectrogram(name: str) -> None:
    patches = FRONT_END(wave(CASES[name], 16_000, remove_dc=True))[0]
    assert patches.dtype == torch.float32
    assert apart(patches[:, ::4], GOLDEN[f"{name}/logmel_s4"]) < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_3_patches(encoder: VggishEncoder, name: str) -> None:
    patches = encoder.audio(wave(CASES[name], 16_000, remove_dc=True))["patches"][0]
    assert len(patches) == CASES[name]["examples"]
    assert apart(patches, GOLDEN[f"{name}/embedding"]) < 2e-4
    assert (patches < 0).any(), "no ReLU at the end"


def test_it_is_an_audio_encoder_that_says_what_it_is(encoder: VggishEncoder, checkpoint: Path) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert encoder.card.parameters == 72_141_184
    assert encoder.card.licence == "Apache-2.0"
    assert encoder.audio_input.remove_dc
    omni = VggishEncoder(checkpoint)
    assert not omni.audio_input.remove_dc
    assert omni.card.front_end != encoder.card.front_end, "features of the two never meet in the store"
    assert omni.card.checkpoint_sha256 == encoder.card.checkpoint_sha256


@given(n=st.integers(SHORTEST, 60_000))
def test_every_96_spectra_are_a_patch_and_the_rest_is_dropped(n: int) -> None:
    assert FRONT_END(torch.zeros(1, n)).shape == (1, (1 + (n - 400) // 160) // 96, 96, 64)


def test_below_one_patch_it_refuses(encoder: VggishEncoder) -> None:
    assert encoder.audio(noise(0.975, 16_000))["patches"].shape == (1, 1, 128)
    for seconds in (0.05, 0.9749):
        with pytest.raises(UserError, match=r"VGGish hears 0\.975 s at least"):
            encoder.audio(noise(seconds, 16_000))


def test_nan_is_refused(encoder: VggishEncoder) -> None:
    sound = noise(1.0, 16_000)
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        encoder.audio(sound)


def test_rows_do_not_depend_on_the_batch(encoder: VggishEncoder) -> None:
    sound = noise(2.0, 16_000, rows=3)
    together = encoder.audio(sound)["patches"]
    alone = torch.cat([encoder.audio(row[None])["patches"] for row in sound])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)


def test_bfloat16_keeps_the_direction(encoder: VggishEncoder, checkpoint: Path) -> None:
    sound = wave(CASES["tone_3s"], 16_000, remove_dc=True)
    exact = encoder.audio(sound)["patches"]
    rough = VggishEncoder(checkpoint, kit="av-benchmark", dtype=torch.bfloat16).audio(sound)["patches"]
    assert rough.dtype == torch.float32
    assert not torch.equal(rough, exact)
    assert torch.cosine_similarity(rough, exact, dim=-1).min() > 0.999
