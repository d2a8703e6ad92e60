"""Which stretches of a sound are heard."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.encoders.pretrained.windows import drawn, spread


@given(st.integers(1, 50), st.integers(0, 300))
def test_windows_cover_the_sound_evenly_and_are_as_few_as_can(length: int, more: int) -> None:
    n = length + more
    windows = spread(torch.arange(float(n))[None], length)[0]
    assert windows.unique().tolist() == list(range(n))
    assert (len(windows) - 1) * length < n
    gaps = windows[:, 0].diff()
    assert not len(gaps) or gaps.max() - gaps.min() <= 1


def test_a_place_does_not_depend_on_the_batch_or_on_rounding_but_on_the_sound_and_the_seed() -> None:
    rng = torch.Generator().manual_seed(0)
    sounds = torch.randn(40, 5000, generator=rng) * torch.logspace(-2, 0, 40)[:, None]
    places = begins(sounds, seed=0)
    assert begins(sounds.flip(0), seed=0) == places[::-1]
    assert [begins(sound[None], seed=0)[0] for sound in sounds] == places
    assert begins(sounds * (1 + 1e-7), seed=0) == places
    assert begins(sounds, seed=1) != places
    assert len(set(places)) > 35
    assert min(places) < 500
    assert max(places) > 3500


def test_a_sound_of_just_the_length_is_heard_whole_and_silence_has_a_place() -> None:
    sound = torch.randn(2, 1000)
    assert torch.equal(drawn(sound, 1000, 0)[:, 0], sound)
    assert drawn(torch.zeros(2, 1200), 1000, 0).shape == (2, 1, 1000)


def begins(sounds: torch.Tensor, seed: int) -> list[int]:
    """Where the windows of 1000 begin."""
    found = drawn(sounds, 1000, seed)[:, 0, 0]
    return [int((sound == first).nonzero()[0]) for sound, first in zip(sounds, found, strict=True)]
