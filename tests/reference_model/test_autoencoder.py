"""Sound to 25 latents a second and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from reference_model import rates
from reference_model.autoencoder import BASE, NANO, Autoencoder
from reference_model.autoencoder.losses import divergence, reconstruction
from reference_model.dit import config as dit


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
    assert sum(parameter.numel() for parameter in nano.parameters()) < 5e6


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
    torch.testing.assert_close(nano.decode(nano.encode(sound)), nano.sound(mean), rtol=1e-3, atol=1e-5)
    assert (deviation > 0).all()


def test_posterior_is_that_of_diffusers(nano: Autoencoder) -> None:
    sound = noise(2, 3200)
    theirs = nano.body.encode(sound[:, None]).latent_dist
    mean, deviation = nano.posterior(sound)
    torch.testing.assert_close(mean, theirs.mean.transpose(1, 2))
    torch.testing.assert_close(deviation, theirs.std.transpose(1, 2))
    torch.testing.assert_close(nano.sound(mean), nano.body.decode(theirs.mean).sample[:, 0])


def test_sounds_of_a_batch_do_not_hear_each_other(nano: Autoencoder) -> None:
    sounds = noise(3, 1280)
    alone = torch.cat([nano.encode(one[None]) for one in sounds])
    torch.testing.assert_close(nano.encode(sounds), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"strides": (2, 2, 4, 4, 8)}, "product of strides must be 640, not 512"),
        ({"strides": (5, 4, 4, 8)}, "Strides must be even"),
        ({"multiples": (1, 2)}, "4 strides need as many multiples, not 2"),
    ],
)
def test_sizes_that_do_not_give_25_latents_a_second(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(NANO, **change)


def test_equal_sounds_cost_nothing() -> None:
    sound = noise(2, 8000)
    assert {name: float(part) for name, part in reconstruction(sound, sound).items()} == {
        "convergence": 0,
        "log_magnitude": 0,
        "waveform": 0,
    }


def test_silence_is_costly_and_more_noise_costs_more() -> None:
    sound, hiss = noise(2, 8000), noise(2, 8000, seed=1)
    costs = [reconstruction(sound + gain * hiss, sound) for gain in (0.01, 0.1, 1.0)]
    for name in costs[0]:
        assert 0 < costs[0][name] < costs[1][name] < costs[2][name]
    nothing = reconstruction(torch.zeros_like(sound), sound)
    torch.testing.assert_close(nothing["waveform"], sound.abs().mean())
    assert 0.9 < nothing["convergence"] < 1  # all of it is missing, over a floor


def test_loudness_costs_its_logarithm_and_the_other_sign_only_the_waveform() -> None:
    sound = noise(2, 8000)
    doubled = reconstruction(2 * sound, sound)
    assert float(doubled["log_magnitude"]) == pytest.approx(np.log(2), rel=0.02)  # over a floor
    turned = reconstruction(-sound, sound)
    assert float(turned["convergence"]) == pytest.approx(0, abs=1e-6)
    assert float(turned["log_magnitude"]) == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(turned["waveform"], 2 * sound.abs().mean())


def test_silence_has_a_gradient() -> None:
    found = torch.zeros(1, 4096, requires_grad=True)
    sum(reconstruction(found, torch.zeros(1, 4096)).values(), torch.zeros(())).backward()
    assert found.grad is not None
    assert found.grad.isfinite().all()


def test_divergence_is_that_of_normal_distributions() -> None:
    mean, deviation = noise(2, 5, 4), noise(2, 5, 4, seed=1).exp()
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, deviation), normal(0.0, 1.0)).mean()
    torch.testing.assert_close(divergence(mean, deviation), expected)
    assert float(divergence(torch.zeros(1, 1, 4), torch.ones(1, 1, 4))) == 0
