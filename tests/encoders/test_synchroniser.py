"""The synchroniser's structure, before any training: correlation finds a shift."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.frontend import log_mel
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.encoders.foleyworld.synchroniser.network import LAGS, RATE, SynchroniserNetwork, windows
from vggsound_omni.metrics import desync
from vggsound_omni.suites.foleyworld import SAMPLE_RATE


@pytest.mark.parametrize("k", range(101))
def test_a_sequence_delayed_by_a_lag_is_given_that_lag(k: int) -> None:
    generator = torch.Generator().manual_seed(k)
    sequence = F.normalize(torch.randn(1, 48, 300, generator=generator), dim=1)
    shift = round(LAGS[k] * RATE)
    seen = sequence[..., 90:210]
    heard = sequence[..., 90 - shift : 210 - shift]  # what is seen at t is heard at t + shift
    network = SynchroniserNetwork()
    with torch.inference_mode():
        # Seven lags are averaged before training, and seven equal values in a row have no first.
        network.smooth.weight.copy_(torch.tensor([[[0.0, 0, 0, 1, 0, 0, 0]]]))
        logits = network.compare(heard, seen)
    assert logits.shape == (1, 101)
    assert int(logits.argmax()) == k


def test_scoring_reads_lags_of_40_ms() -> None:
    assert pytest.approx([round(-2 + 0.04 * k, 2) for k in range(101)]) == LAGS
    assert SynchroniserEncoder.offsets == LAGS


@pytest.mark.soak
def test_a_delay_costs_about_that_delay(few: Clips) -> None:
    encoder, numbers = SynchroniserEncoder(), range(40)
    samples, seen = few.samples(numbers), encoder.video(few.frames(numbers))
    found = []
    for milliseconds in (0, 90, 150, 250, 410):
        late = F.pad(samples, (16 * milliseconds, 0))[:, : samples.shape[1]]
        logits = encoder.compare(encoder.audio(late), seen)
        found.append(desync.evaluate(logits.numpy(), encoder.offsets).value)
    assert found == sorted(found)
    assert found[-1] - found[0] == pytest.approx(0.41, abs=0.12)


def test_scores_by_all_lags_are_not_named_like_those_by_every_fifth() -> None:
    assert SynchroniserEncoder().card.name == "foleyworld-synchroniser-lags"


@pytest.mark.soak
def test_training_windows_are_apart_by_their_offset(few: Clips) -> None:
    offsets = torch.linspace(-2, 2, 21) + 0.003 * torch.arange(-10, 11)[torch.randperm(21)] / 10
    offsets = offsets.clamp(-2, 2)
    mel, frames = windows(few, list(range(21)), offsets, torch.full((21,), 0.5))
    assert mel.shape == (21, 240, 64)
    assert frames.shape == (21, 60, 64, 64, 3)
    for row in range(21):
        whole, whole_frames = few.samples([row]), few.frames([row])[0]
        picture = next(f for f in range(41) if torch.equal(whole_frames[f : f + 60], frames[row])) / 12.5
        sound = round((picture - float(offsets[row])) * SAMPLE_RATE)
        assert torch.equal(log_mel(whole[:, sound : sound + round(4.8 * SAMPLE_RATE)])[0], mel[row])
