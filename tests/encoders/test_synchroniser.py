"""The synchroniser's structure, before any training: correlation finds a shift."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.synchroniser import OFFSETS, RATE, SynchroniserNetwork, windows


@pytest.mark.parametrize("k", range(21))
def test_a_sequence_delayed_by_an_offset_is_given_that_offset(k: int) -> None:
    generator = torch.Generator().manual_seed(k)
    sequence = F.normalize(torch.randn(1, 48, 300, generator=generator), dim=1)
    shift = round(OFFSETS[k] * RATE)
    seen = sequence[..., 90:210]
    heard = sequence[..., 90 - shift : 210 - shift]  # what is seen at t is heard at t + shift
    with torch.inference_mode():
        logits = SynchroniserNetwork().compare(heard, seen)
    assert logits.shape == (1, 21)
    assert int(logits.argmax()) == k


def test_offsets_are_the_grid_of_the_field() -> None:
    assert len(OFFSETS) == 21
    assert OFFSETS[0] == -2
    assert OFFSETS[10] == 0
    assert OFFSETS[-1] == 2


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
