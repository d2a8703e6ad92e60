"""What encoders are given: mono, at their rate, cut and never padded."""

from __future__ import annotations

import pytest
import torch

from vggsound_omni.encoders.encoder import AudioInput
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.errors import UserError
from vggsound_omni.media import sinc_resample

from .hearing import noise


def heard(rate: int, seconds: float | None, *, remove_dc: bool) -> AudioInput:
    return AudioInput(sample_rate=rate, seconds=seconds, remove_dc=remove_dc)


def test_channels_are_averaged_before_anything_else() -> None:
    left, right = noise(0.5, 44_100, rows=2)
    both = prepare(torch.stack([left, right]), 44_100, heard(16_000, None, remove_dc=False))
    assert torch.equal(both, sinc_resample((left + right) / 2, 44_100, 16_000))


@pytest.mark.parametrize(("channels", "rate"), [(1, 8_000), (2, 44_100), (6, 48_000)])
def test_the_length_follows_the_target_rate(channels: int, rate: int) -> None:
    sound = noise(1.0, rate, rows=channels)
    assert prepare(sound, rate, heard(32_000, None, remove_dc=False)).shape == (32_000,)
    assert prepare(sound, rate, heard(32_000, 0.3, remove_dc=False)).shape == (9_600,)
    assert prepare(sound, rate, heard(32_000, 5.0, remove_dc=False)).shape == (32_000,), "never padded"


def test_a_constant_offset_vanishes_only_where_it_is_removed() -> None:
    sound = noise(1.0, 16_000)
    removed = prepare(sound + 0.2, 16_000, heard(16_000, None, remove_dc=True))
    torch.testing.assert_close(removed, prepare(sound, 16_000, heard(16_000, None, remove_dc=True)), atol=1e-6, rtol=0)
    assert prepare(sound + 0.2, 16_000, heard(16_000, None, remove_dc=False)).mean() > 0.19


def test_the_mean_is_that_of_the_whole_file_so_what_is_cut_off_counts() -> None:
    step = torch.cat([torch.zeros(1, 16_000), torch.full((1, 16_000), 0.5)], 1)
    cut = prepare(step, 16_000, heard(16_000, 1.0, remove_dc=True))
    torch.testing.assert_close(cut, torch.full((16_000,), -0.25))


def test_a_batch_is_its_rows() -> None:
    batch = noise(0.5, 48_000, rows=6).unflatten(0, (3, 2))
    together = prepare(batch, 48_000, heard(16_000, 0.4, remove_dc=True))
    alone = torch.stack([prepare(row, 48_000, heard(16_000, 0.4, remove_dc=True)) for row in batch])
    torch.testing.assert_close(together, alone, atol=1e-7, rtol=0)


def test_what_a_network_cannot_hear_is_refused_in_a_sentence() -> None:
    check(torch.zeros(2, 100), "PANNs", 1000, 100)
    with pytest.raises(UserError, match=r"^0\.099 s are too short; PANNs hears 0\.100 s at least\.$"):
        check(torch.zeros(2, 99), "PANNs", 1000, 100)
    for fault in (float("nan"), float("inf")):
        sound = torch.zeros(2, 100)
        sound[1, 50] = fault
        with pytest.raises(UserError, match="not finite"):
            check(sound, "PANNs", 1000, 100)
