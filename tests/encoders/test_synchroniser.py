"""The synchroniser's structure, before any training: correlation finds a shift."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.encoders.foleyworld.synchroniser.network import LAGS, OFFSETS, RATE, SynchroniserNetwork, windows
from vggsound_omni.metrics import desync


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
        logits, classes = network.compare(heard, seen), network.classify(heard, seen)
    assert logits.shape == (1, 101)
    assert int(logits.argmax()) == k
    assert torch.equal(classes, logits[:, ::5])


def test_classes_of_training_are_the_grid_of_the_field_and_scoring_reads_all_lags() -> None:
    assert pytest.approx([round(-2 + 0.2 * k, 1) for k in range(21)]) == OFFSETS
    assert pytest.approx([round(-2 + 0.04 * k, 2) for k in range(101)]) == LAGS
    assert SynchroniserEncoder.offsets == LAGS


def test_a_delay_between_the_classes_of_training_costs_about_that_delay(few: Clips) -> None:
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


def test_training_windows_are_apart_by_their_offset(few: Clips) -> None:
    numbers = list(range(21))
    mel, frames = windows(few, numbers, torch.arange(21), torch.full((21,), 0.5))
    assert mel.shape == (21, 240, 64)
    assert frames.shape == (21, 60, 64, 64, 3)
    for row, k in enumerate(range(21)):
        whole_mel, whole_frames = few.mels[row].float(), few.frames([row])[0]
        sound = next(s for s in range(161) if torch.equal(whole_mel[s : s + 240], mel[row])) / 50
        picture = next(f for f in range(41) if torch.equal(whole_frames[f : f + 60], frames[row])) / 12.5
        assert picture - sound == pytest.approx(OFFSETS[k], abs=0.02 + 1e-9)
