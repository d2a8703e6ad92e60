"""Training: exact resumption, finite loss, and losses that mean what they say."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld import train as trainer
from vggsound_omni.encoders.foleyworld.aesthetics.degrade import DAMAGES
from vggsound_omni.encoders.foleyworld.aesthetics.network import axes
from vggsound_omni.encoders.foleyworld.clap.network import AudioText
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.contrastive import recall_at_1
from vggsound_omni.encoders.foleyworld.recipe import Schedule
from vggsound_omni.encoders.foleyworld.tagger.network import TaggerRecipe, average_precision
from vggsound_omni.suites.foleyworld import scene


class Short(TaggerRecipe):
    """A tagger trained for eight steps."""

    name = "short"
    schedule = Schedule(steps=8, batch=4, rate=1e-3)
    stop_at: int | None = None

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """Stops like a power cut where told to."""
        if self.stop_at == 0:
            raise KeyboardInterrupt
        if self.stop_at is not None:
            self.stop_at -= 1
        return super().loss(network, clips, numbers, generator)


@pytest.mark.soak
def test_an_interrupted_training_ends_with_the_same_weights(
    few: Clips, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(trainer, "_CHECKPOINT_EVERY", 2)
    quiet = Console(quiet=True)
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "whole"))
    whole = trainer.train(Short(), few, 0, quiet).state_dict()
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "pieces"))
    stopped = Short()
    stopped.stop_at = 5
    with pytest.raises(KeyboardInterrupt):
        trainer.train(stopped, few, 0, quiet)
    pieces = trainer.train(Short(), few, 0, quiet).state_dict()
    assert all(torch.equal(whole[key], pieces[key]) for key in whole)


def test_a_loss_that_is_not_finite_stops_and_names_the_step(
    few: Clips, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path))
    recipe = Short()
    monkeypatch.setattr(recipe, "loss", lambda *_: torch.tensor(math.nan, requires_grad=True))
    with pytest.raises(Exception, match="the loss is nan at step 0"):
        trainer.train(recipe, few, 0, Console(quiet=True))


def test_the_learning_rate_warms_up_and_falls_to_nothing() -> None:
    schedule = Schedule(steps=100, batch=1, rate=1.0)
    rates = [trainer.rate(schedule, step) for step in range(100)]
    assert rates[4] == max(rates) == 1.0
    assert rates[0] == pytest.approx(0.2)
    assert rates[-1] < 0.01


def test_average_precision_of_small_rankings() -> None:
    import numpy as np

    truth = np.array([True, False, True, False])
    assert average_precision(truth, np.array([4, 3, 2, 1], np.float32)) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(truth, np.array([4, 1, 3, 2], np.float32)) == 1


def test_infonce_of_perfect_pairs_is_least_and_duplicates_are_no_negatives() -> None:
    pair = AudioText("convolution", 10)
    unit = torch.eye(4, 128)
    none = torch.zeros(4, 4, dtype=torch.bool)
    with torch.no_grad():
        perfect = pair.infonce(unit, unit, none)
        swapped = pair.infonce(unit, unit.roll(1, 0), none)
        assert perfect < 1e-4 < swapped
        twice = torch.cat([unit[:2], unit[:2]])
        same = torch.tensor([[i % 2 == j % 2 for i in range(4)] for j in range(4)])
        assert pair.infonce(twice, twice, same) < 1e-4
        assert pair.infonce(twice, twice, none) == pytest.approx(math.log(2), abs=1e-3)


def test_recall_at_1_is_1_for_identity_and_chance_for_noise() -> None:
    generator = torch.Generator().manual_seed(0)
    vectors = F.normalize(torch.randn(128, 16, generator=generator), dim=1)
    texts = [str(n) for n in range(128)]
    assert recall_at_1(vectors, vectors, texts) == 1
    assert recall_at_1(vectors, torch.randn(128, 16, generator=generator), texts) < 0.08


@pytest.mark.parametrize("name", list(DAMAGES))
def test_damage_grows_with_severity_and_keeps_the_length(name: str, few: Clips) -> None:
    samples = few.samples([0])[0]
    errors = []
    for severity in (0.1, 0.4, 0.7, 1.0):
        worse = DAMAGES[name](samples, severity, torch.Generator().manual_seed(1))
        assert worse.shape == samples.shape
        assert torch.isfinite(worse).all()
        gain = float((worse @ samples) / (worse @ worse))
        errors.append(float((gain * worse - samples).square().mean()))
    assert errors == sorted(errors)
    assert errors[0] < errors[-1]


def test_axes_lie_between_1_and_10_and_quality_falls_with_severity() -> None:
    drawn = scene("train", "bgm", 0)
    values = torch.stack([axes(drawn, severity) for severity in (0.0, 0.5, 1.0)])
    assert values.min() >= 1
    assert values.max() <= 10
    assert values[:, 0].tolist() == [10.0, pytest.approx(5.05), 1.0]
