"""PaSST computes what av-benchmark's PaSST computes, from the samples to the logits; omni needs no zeros."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.encoders.encoder import AudioEncoder
from vggsound_omni.encoders.pretrained.passt.port import LONGEST, LogMel, PasstEncoder, padded
from vggsound_omni.encoders.pretrained.rule import cases, golden, write_rule_checkpoint
from vggsound_omni.encoders.pretrained.windows import spread
from vggsound_omni.errors import UserError

from .hearing import apart, noise, wave
from .marks import mostly_marked

CASES = cases("passt")["cases"]
GOLDEN = golden("passt")
FRONT_END = LogMel()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("passt", tmp_path_factory.mktemp("passt") / "passt-s-f128-p16-s10-ap.476-swa.pt")
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> PasstEncoder:
    return PasstEncoder(checkpoint, kit="av-benchmark")


@pytest.fixture(scope="module")
def omni(checkpoint: Path) -> PasstEncoder:
    return PasstEncoder(checkpoint)


@pytest.mark.parametrize("name", CASES)
def test_1_samples(name: str) -> None:
    samples = wave(CASES[name], 32_000, remove_dc=True)
    assert samples.shape == (1, CASES[name]["wave_length"])
    assert apart(samples[0, :4096], GOLDEN[f"{name}/wave4096"]) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_2_spectrogram(name: str) -> None:
    spectra = FRONT_END(padded(wave(CASES[name], 32_000, remove_dc=True)))[0]
    assert spectra.shape == (128, CASES[name]["frames"])
    assert apart(spectra[:, ::10], GOLDEN[f"{name}/logmel_s10"]) < 1e-4


@pytest.mark.parametrize("name", mostly_marked(CASES, "chirp_noise_8s"))
def test_3_embedding_and_logits(encoder: PasstEncoder, name: str) -> None:
    outputs = encoder.audio(wave(CASES[name], 32_000, remove_dc=True))
    assert apart(outputs["embedding"][0], GOLDEN[f"{name}/embedding"]) < 2e-5
    assert apart(outputs["logits"][0], GOLDEN[f"{name}/logits"]) < 2e-5


def test_it_is_an_audio_encoder_that_says_what_it_is(encoder: PasstEncoder, omni: PasstEncoder) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert encoder.card.licence == "Apache-2.0"
    assert (encoder.audio_input.remove_dc, omni.audio_input.remove_dc) == (True, False)
    assert omni.card.front_end != encoder.card.front_end


def test_the_kits_agree_on_10_s_and_differ_below(encoder: PasstEncoder, omni: PasstEncoder) -> None:
    sound = noise(10.0, 32_000)
    assert torch.equal(spread(sound, LONGEST)[:, 0], padded(sound))
    short = sound[:, : 2 * 32_000]
    assert (omni.audio(short)["embedding"] - encoder.audio(short)["embedding"]).abs().max() > 1e-2


def test_a_long_sound_is_the_mean_of_its_windows(omni: PasstEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omni, "network", lambda spectra: (spectra.mean(2), spectra.amax(2)))
    sound = noise(12.0, 32_000)
    windows = [omni.audio(window) for window in spread(sound, LONGEST).unbind(1)]
    for output, values in omni.audio(sound).items():
        torch.testing.assert_close(values, (windows[0][output] + windows[1][output]) / 2, atol=1e-5, rtol=0)


@given(n=st.integers(1, 6 * LONGEST))
def test_as_few_windows_as_hold_every_sample(n: int) -> None:
    windows = spread(torch.arange(n)[None], LONGEST)[0]
    assert len(windows) == -(-n // LONGEST)
    assert windows[0, 0] == 0
    assert windows[-1, -1] == n - 1
    steps = windows[1:, 0] - windows[:-1, 0]
    assert (steps <= LONGEST).all(), "no sample lies between two windows"
    assert not len(steps) or steps.max() - steps.min() <= 1, "evenly"


def test_below_one_patch_omni_refuses_and_av_benchmark_pads(encoder: PasstEncoder, omni: PasstEncoder) -> None:
    assert omni.audio(noise(0.1501, 32_000))["embedding"].isfinite().all()
    with pytest.raises(UserError, match=r"PaSST hears 0\.150 s at least"):
        omni.audio(noise(0.05, 32_000))
    assert encoder.audio(noise(0.05, 32_000))["logits"].isfinite().all()


def test_nan_is_refused(omni: PasstEncoder) -> None:
    sound = noise(1.0, 32_000)
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        omni.audio(sound)


def test_rows_do_not_depend_on_the_batch(omni: PasstEncoder) -> None:
    sound = noise(1.0, 32_000, rows=5)
    together = omni.audio(sound)["embedding"]
    alone = torch.cat([omni.audio(row[None])["embedding"] for row in sound])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_bfloat16_keeps_the_direction(omni: PasstEncoder, checkpoint: Path) -> None:
    sound = wave(CASES["tone_3s"], 32_000, remove_dc=True)
    rough = PasstEncoder(checkpoint, dtype=torch.bfloat16).audio(sound)
    for output, values in omni.audio(sound).items():
        assert rough[output].dtype == torch.float32
        assert not torch.equal(rough[output], values)
        assert torch.cosine_similarity(rough[output], values).min() > 0.999
