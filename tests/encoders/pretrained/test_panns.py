"""Cnn14 computes what av-benchmark's PANNs computes, from the samples to the logits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from vggsound_omni.encoders.encoder import AudioEncoder
from vggsound_omni.encoders.pretrained.panns.port import PannsEncoder, front_end
from vggsound_omni.encoders.pretrained.rule import cases, golden, manifest_of, write_rule_checkpoint
from vggsound_omni.errors import UserError

from .hearing import apart, noise, wave

CASES = cases("panns")["cases"]
GOLDEN = golden("panns")
FRONT_END = front_end()
DECIBELS = {"tone_3s": 0.1, "clicks_8s": 0.1}
"""Allowed where bins lie at the noise floor of float32, near -100 dB; elsewhere 0.002."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("panns", tmp_path_factory.mktemp("panns") / "Cnn14_16k_mAP=0.438.pth")
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> PannsEncoder:
    return PannsEncoder(checkpoint, kit="av-benchmark")


@pytest.mark.parametrize("name", CASES)
def test_1_samples(name: str) -> None:
    samples = wave(CASES[name], 16_000, remove_dc=True)
    assert samples.shape == (1, CASES[name]["wave_length"])
    assert apart(samples[0, :4096], GOLDEN[f"{name}/wave4096"]) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_2_spectrogram(name: str) -> None:
    decibels = FRONT_END(wave(CASES[name], 16_000, remove_dc=True))[0]
    assert len(decibels) == CASES[name]["frames"]
    assert apart(decibels[::8], GOLDEN[f"{name}/logmel_s8"]) < DECIBELS.get(name, 2e-3)


@pytest.mark.parametrize("name", CASES)
def test_3_embedding_and_logits(encoder: PannsEncoder, name: str) -> None:
    outputs = encoder.audio(wave(CASES[name], 16_000, remove_dc=True))
    assert apart(outputs["embedding"][0], GOLDEN[f"{name}/embedding"]) < 2e-4
    assert apart(outputs["logits"][0], GOLDEN[f"{name}/logits"]) < 2e-4
    assert apart(outputs["logits"][0].sigmoid(), GOLDEN[f"{name}/clipwise"]) < 1e-4


def test_the_front_end_holds_what_the_published_file_holds() -> None:
    kernels = torch.fft.rfft(torch.diag(FRONT_END.window.double())).T[:, None]  # (257, 1, 512), as convolutions
    ours = {
        "spectrogram_extractor.stft.conv_real.weight": kernels.real,
        "spectrogram_extractor.stft.conv_imag.weight": kernels.imag,
        "logmel_extractor.melW": FRONT_END.melW.double(),
    }
    for key, values in ours.items():
        published = manifest_of("panns").keys[key]
        assert values.shape == published.shape
        ramp = torch.arange(values.numel(), dtype=torch.float64).cos().view_as(values)
        sums = {"sum": values, "abs_sum": values.abs(), "sq_sum": values.square(), "cos_sum": values * ramp}
        for statistic, terms in sums.items():
            expected = published.stats[statistic]
            assert float(terms.sum()) == pytest.approx(expected, rel=1e-5, abs=1e-6 * published.stats["abs_sum"])


def test_it_is_an_audio_encoder_that_says_what_it_is(encoder: PannsEncoder, checkpoint: Path) -> None:
    assert isinstance(encoder, AudioEncoder)
    assert encoder.card.parameters == 80_753_615, "as the paper counts them"
    assert encoder.audio_input.remove_dc
    assert not PannsEncoder(checkpoint).audio_input.remove_dc


def test_below_32_spectra_it_refuses(encoder: PannsEncoder) -> None:
    outputs = encoder.audio(torch.zeros(1, 31 * 160))
    assert all(values.isfinite().all() for values in outputs.values())
    for samples in (800, 31 * 160 - 1):
        with pytest.raises(UserError, match=r"PANNs hears 0\.310 s at least"):
            encoder.audio(torch.zeros(1, samples))


def test_nan_is_refused(encoder: PannsEncoder) -> None:
    sound = noise(1.0, 16_000)
    sound[0, 7] = torch.nan
    with pytest.raises(UserError, match="not finite"):
        encoder.audio(sound)


def test_rows_do_not_depend_on_the_batch(encoder: PannsEncoder) -> None:
    sound = noise(1.0, 16_000, rows=3)
    together = encoder.audio(sound)["embedding"]
    alone = torch.cat([encoder.audio(row[None])["embedding"] for row in sound])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)


def test_bfloat16_keeps_the_direction(encoder: PannsEncoder, checkpoint: Path) -> None:
    sound = wave(CASES["tone_3s"], 16_000, remove_dc=True)
    exact = encoder.audio(sound)
    rough = PannsEncoder(checkpoint, kit="av-benchmark", dtype=torch.bfloat16).audio(sound)
    for output, values in exact.items():
        assert rough[output].dtype == torch.float32
        assert not torch.equal(rough[output], values)
        assert torch.cosine_similarity(rough[output], values).min() > 0.999
