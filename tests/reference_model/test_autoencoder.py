"""Sound to 25 latents a second and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Generator, Tensor

from reference_model import rates
from reference_model.autoencoder import BASE, NANO, Autoencoder, rice
from reference_model.autoencoder.files import NAME, encoder_content, read_config, write
from reference_model.autoencoder.losses import divergence, reconstruction
from reference_model.autoencoder.spectral import Spectral
from reference_model.autoencoder.train import learner, losses
from reference_model.autoencoder.voice import spectra, voiced
from reference_model.dit import config as dit
from vggsound_omni.errors import UserError


@pytest.fixture(scope="module")
def nano() -> Autoencoder:
    """With random weights, and statistics of latents that are not neutral."""
    torch.manual_seed(0)
    made = Autoencoder(NANO).eval().requires_grad_(requires_grad=False)
    made.mean.copy_(torch.linspace(-1, 1, NANO.latent_channels))
    made.deviation.copy_(torch.linspace(0.5, 2, NANO.latent_channels))
    return made


def noise(*shape: int, seed: int = 0) -> Tensor:
    return 0.1 * torch.randn(*shape, generator=Generator().manual_seed(seed))


def test_base_gives_64_by_250_for_10_seconds() -> None:
    with torch.device("meta"):
        base = Autoencoder(BASE)
        latents = base.encode(torch.empty(1, rates.samples(10)))
        assert latents.shape == (1, 250, 64)
        assert base.decode(latents).shape == (1, 160_000)


def test_nano_gives_32_by_25_for_1_second_in_few_parameters(nano: Autoencoder) -> None:
    assert nano.encode(noise(1, rates.samples(1))).shape == (1, 25, 32)
    assert sum(parameter.numel() for parameter in nano.parameters()) < 7e6


def test_latents_are_those_of_the_transformer() -> None:
    assert (BASE.latent_channels, NANO.latent_channels) == (dit.BASE.latent_channels, dit.NANO.latent_channels)


@given(samples=st.integers(1, 2000))
@settings(deadline=None, max_examples=10)
def test_any_length_is_covered_by_latents(nano: Autoencoder, samples: int) -> None:
    latents = nano.encode(noise(2, samples))
    assert latents.shape == (2, -(-samples // 640), 32)
    assert latents.shape[1] == rates.latents(samples / rates.SAMPLE_RATE)
    sound = nano.decode(latents)
    assert sound.shape == (2, 640 * latents.shape[1])
    assert 0 <= sound.shape[1] - samples < 640


def test_missing_samples_are_silence(nano: Autoencoder) -> None:
    sound = noise(1, 1000)
    whole = torch.cat((sound, torch.zeros(1, 280)), dim=1)
    assert torch.equal(nano.encode(sound), nano.encode(whole))


def test_latents_are_scaled_on_the_way_in_and_back_on_the_way_out(nano: Autoencoder) -> None:
    sound = noise(1, 3200)
    mean, deviation = nano.posterior(sound)
    torch.testing.assert_close(nano.encode(sound) * nano.deviation + nano.mean, mean)
    torch.testing.assert_close(nano.decode(nano.encode(sound)), nano.body.synthesised(mean), rtol=1e-2, atol=1e-3)
    assert (deviation > 0).all()


def test_base_is_that_of_diffusers() -> None:
    torch.manual_seed(0)
    small = Autoencoder(replace(BASE, width=8, latent_channels=8)).eval()
    assert not isinstance(small.body, Spectral)
    sound, theirs = noise(2, 3200), small.body.body
    expected = theirs.encode(sound[:, None]).latent_dist
    mean, deviation = small.posterior(sound)
    torch.testing.assert_close(mean, expected.mean.transpose(1, 2))
    torch.testing.assert_close(deviation, expected.std.transpose(1, 2))
    torch.testing.assert_close(small.decode(small.encode(sound)), theirs.decode(expected.mean).sample[:, 0])


def test_spectra_are_those_of_windows_centred_on_hops(nano: Autoencoder) -> None:
    assert isinstance(nano.body, Spectral)
    sound = noise(1, 3200)
    found = nano.body.spectra(sound)
    assert found.shape == (1, 25, 257)
    centre, window = 10 * 128, np.hanning(513)[:-1]
    expected = np.abs(np.fft.rfft(window * sound[0, centre - 256 : centre + 256].numpy()))
    np.testing.assert_allclose((2.5 * found[0, 10] - 3).exp() - 2e-3, expected, rtol=1e-3, atol=1e-4)


def test_phases_are_found_again(nano: Autoencoder) -> None:
    assert isinstance(nano.body, Spectral)
    time_s = torch.arange(16_000) / 16_000
    tone = 0.3 * torch.sin(2 * torch.pi * 440 * time_s)
    click = torch.zeros(16_000)
    click[8000:8100] = 0.5
    sounds = torch.stack((tone, click + noise(16_000) / 10))
    wanted = nano.body.spectra(sounds)
    found = nano.body.sound(wanted, torch.zeros_like(wanted))
    assert found.shape == sounds.shape
    powers = found.square().mean(1) / sounds.square().mean(1)
    torch.testing.assert_close(powers, torch.ones(2), rtol=0.1, atol=0)  # noise of which no more is known loses 7 %
    again = nano.body.spectra(found)
    assert float((again - wanted).abs()[:, 4:-4].mean()) < 0.05  # an eighth of a neper


def test_a_sound_does_not_depend_on_its_batch_or_on_what_was_drawn_before(nano: Autoencoder) -> None:
    assert isinstance(nano.body, Spectral)
    wanted = nano.body.spectra(noise(3, 16_000))
    spread = torch.full_like(wanted, 0.1)
    state = torch.get_rng_state()
    together = nano.body.sound(wanted, spread)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    assert torch.equal(nano.body.sound(wanted[2:], spread[2:]), together[2:])


@pytest.mark.parametrize(("tone", "noise_power"), [(0.0, 1.0), (1.0, 0.01), (1.0, 0.3), (0.5, 1.0)])
def test_tone_and_noise_are_told_from_median_and_spread(tone: float, noise_power: float) -> None:
    drawn = noise_power**0.5 * torch.randn(200_000, dtype=torch.complex64, generator=Generator().manual_seed(0))
    logarithms = (tone + drawn).abs().log()
    median = logarithms.median()[None]
    found = torch.cat(rice.parted(median, (logarithms - median).abs().mean()[None]))
    torch.testing.assert_close(found, torch.tensor([tone, noise_power**0.5]), rtol=0.15, atol=0.02)


def test_noise_whose_level_is_uncertain_is_noise_at_its_median() -> None:
    median, spread = torch.zeros(2), torch.tensor([0.5, 3.0])
    tone, drawn = rice.parted(median, spread)
    assert tone.tolist() == [0, 0]
    assert drawn[0] == drawn[1] == pytest.approx(np.log(2) ** -0.5, rel=1e-2)  # Rayleigh's median is sigma sqrt(ln 4)


def test_noise_stays_noise() -> None:
    window = torch.hann_window(512)
    shape = 251, 257
    hiss = voiced(torch.zeros(shape), torch.full(shape, 0.3), window, iterations=1, seed=1)
    logarithms = spectra(hiss, window).abs().log()[8:-8, 8:-8]
    median = logarithms.median()
    tone, sigma = rice.parted(median[None], (logarithms - median).abs().mean()[None])
    assert float(sigma) == pytest.approx(0.3, rel=0.03)
    assert float(tone) < 0.05


@pytest.mark.parametrize("hertz", [1000.0, 1010.0, 233.3])
def test_a_tone_goes_on_without_slips(hertz: float) -> None:
    window = torch.hann_window(512)
    pure = 0.2 * torch.sin(2 * torch.pi * hertz * torch.arange(16_000) / 16_000)
    asked = spectra(pure, window).abs()
    for iterations in (0, 2):
        found = spectra(voiced(asked, torch.zeros_like(asked), window, iterations, seed=1), window).abs()
        loudest = asked.amax(1)
        assert float(((found - asked).amax(1) / loudest)[8:-8].abs().max()) < 0.1


def test_noise_depends_on_its_seed_alone() -> None:
    window, level = torch.hann_window(64), torch.ones(9, 33)
    first, same, other = (voiced(0 * level, level, window, 2, seed) for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_sounds_of_a_batch_do_not_hear_each_other(nano: Autoencoder) -> None:
    sounds = noise(3, 1280)
    alone = torch.cat([nano.encode(one[None]) for one in sounds])
    torch.testing.assert_close(nano.encode(sounds), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"strides": (2, 2, 4, 4, 8)}, "product of strides must be 640, not 512"),
        ({"strides": (5, 4, 4, 8)}, "Strides must be even"),
        ({"multiples": (1, 2)}, "5 strides need as many multiples, not 2"),
    ],
)
def test_strides_that_do_not_give_25_latents_a_second(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(BASE, **change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hop": 150}, "hop must divide 640, the samples of a latent; 150 does not"),
        ({"hop": 160}, "windows of 4 hops: 512 is not 4 x 160"),
    ],
)
def test_windows_that_do_not_give_25_latents_a_second(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(NANO, **change)


def test_equal_spectra_cost_nothing_and_more_noise_costs_more() -> None:
    true, hiss = noise(2, 30, 33), noise(2, 30, 33, seed=1)
    costs = [reconstruction(true + gain * hiss, torch.ones_like(true), true, 8000.0) for gain in (0.0, 0.1, 1.0)]
    for name in ("log_magnitude", "convergence"):
        assert 0 == costs[0][name] < costs[1][name] < costs[2][name]


def test_loudness_costs_its_logarithm_and_low_frequencies_count_more() -> None:
    true = noise(2, 30, 33)
    louder = reconstruction(true + 0.5, torch.ones_like(true), true, 8000.0)
    assert float(louder["log_magnitude"]) == pytest.approx(0.5, rel=1e-5)
    assert float(louder["convergence"]) == pytest.approx(np.exp(0.5) - 1, rel=1e-5)
    low, high = true.clone(), true.clone()
    low[..., 1] += 1
    high[..., 30] += 1
    ratio = (
        reconstruction(low, torch.ones_like(true), true, 8000.0)["log_magnitude"]
        / reconstruction(high, torch.ones_like(true), true, 8000.0)["log_magnitude"]
    )
    assert float(ratio) == pytest.approx((7500 + 700) / (250 + 700), rel=1e-4)


def test_the_spread_that_costs_least_is_the_true_one_and_the_median_does_not_feel_it() -> None:
    true = noise(2, 30, 33).requires_grad_()
    median = torch.zeros_like(true, requires_grad=True)
    level = torch.tensor(0.3, requires_grad=True)
    mean = float(true.detach().abs().mean(2).mean())
    costs = {
        factor: float(reconstruction(median, torch.full_like(true, factor * mean), true, 8000.0)["spread"])
        for factor in (0.8, 1.0, 1.25)
    }
    assert min(costs, key=lambda factor: costs[factor]) == 1
    reconstruction(median, level.expand(true.shape), true, 8000.0)["spread"].backward()
    assert median.grad is None
    assert level.grad is not None


def test_a_decoder_is_trained_without_its_encoder(tmp_path: Path) -> None:
    torch.manual_seed(0)
    write(Autoencoder(NANO), tmp_path / NAME)
    for encoder, trained in ((None, True), (tmp_path, False)):
        network = learner(encoder)
        assert isinstance(network.body, Spectral)
        sum(losses(network.body, noise(1, 1280), Generator().manual_seed(0)).values(), torch.zeros(())).backward()
        assert network.body.write.weight.grad is not None
        assert (network.body.read.weight.grad is not None) == trained
        assert (network.body.posterior.weight.grad is not None) == trained


def test_what_latents_depend_on_is_not_changed_by_another_decoder(tmp_path: Path) -> None:
    path = tmp_path / NAME
    network = Autoencoder(replace(NANO, width=8, fast_blocks=1, slow_blocks=1))
    contents = []
    for name in (None, "body.write.weight", "body.read.weight", "deviation"):
        if name is not None:
            with torch.no_grad():
                network.state_dict()[name].add_(1)
        write(network, path)
        contents.append(encoder_content(path))
    assert contents[0] == contents[1]
    assert len(set(contents)) == 3


def test_a_file_says_what_its_network_is(tmp_path: Path) -> None:
    path = tmp_path / NAME
    small = replace(NANO, width=8, fast_blocks=1, slow_blocks=1)
    write(Autoencoder(small), path)
    assert read_config(path) == small
    save_file(Autoencoder(small).state_dict(), path)
    with pytest.raises(UserError, match=r"autoencoder.safetensors holds no autoencoder, or one of an older version"):
        read_config(path)
    path.write_bytes(b"not weights")
    with pytest.raises(UserError, match=r"autoencoder.safetensors does not hold an autoencoder"):
        read_config(path)


def test_divergence_is_that_of_normal_distributions() -> None:
    mean, deviation = noise(2, 5, 4), noise(2, 5, 4, seed=1).exp()
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, deviation), normal(0.0, 1.0)).mean()
    torch.testing.assert_close(divergence(mean, deviation), expected)
    assert float(divergence(torch.zeros(1, 1, 4), torch.ones(1, 1, 4))) == 0
