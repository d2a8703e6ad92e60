"""What an item lacks is as if it had never been, whatever else is in its batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from reference_model.conditioning import Conditions

from .examples import LATENTS, TINY, network, noisy, request

DIT = network()
MIXED = ((3, 4), (0, 4), (3, 0), (0, 0), (5, 2))
"""Words and frames of requests of every task."""


def velocities(conditions: Conditions, seed: int = 1) -> Tensor:
    """Of the first latents and times that the seed gives, one for each item."""
    x_t, t = noisy(len(MIXED), seed)
    with torch.no_grad():
        return DIT(x_t[: len(conditions)], t[: len(conditions)], conditions)


def same(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_requests_of_different_tasks_share_a_batch() -> None:
    alone = [request(seed, words=words, frames=frames) for seed, (words, frames) in enumerate(MIXED)]
    x_t, t = noisy(len(MIXED))
    with torch.no_grad():
        apart = torch.cat([DIT(x_t[n : n + 1], t[n : n + 1], one) for n, one in enumerate(alone)])
    same(velocities(Conditions.join(alone)), apart)
    assert (apart[0] - apart[3]).abs().max() > 0.01


@pytest.mark.parametrize(("text", "video"), [(True, False), (False, True), (True, True)])
def test_a_dropped_modality_is_one_never_had(*, text: bool, video: bool) -> None:
    whole = [request(seed) for seed in range(3)]
    marked = torch.tensor([False, True, False])
    dropped = Conditions.join(whole).drop(text=marked & text, video=marked & video)
    never = whole[1]
    if text:
        never = replace(never, text=never.text[:, :0], text_mask=never.text_mask[:, :0])
    if video:
        never = replace(
            never,
            visual=never.visual[:, :0],
            visual_mask=never.visual_mask[:, :0],
            sync=torch.zeros_like(never.sync),
        )
    same(velocities(dropped), velocities(Conditions.join([whole[0], never, whole[2]])))

    x_t, t = noisy(len(MIXED))
    with torch.no_grad():
        alone = DIT(x_t[1:2], t[1:2], never)
        full = DIT(x_t[1:2], t[1:2], whole[1])
    same(velocities(dropped)[1:2], alone)
    assert (alone - full).abs().max() > 0.01


def test_dropped_video_has_no_synchrony_and_leaves_the_others_theirs() -> None:
    batch = Conditions.join([request(0), request(1)])
    dropped = batch.drop(text=torch.tensor([False, False]), video=torch.tensor([True, False]))
    assert not dropped.sync[0].any()
    assert not dropped.visual_mask[0].any()
    assert torch.equal(dropped.sync[1], batch.sync[1])
    assert dropped.visual_mask[1].all()
    assert dropped.text_mask.all()


@given(words=st.integers(0, 9), frames=st.integers(0, 9), filling=st.floats(-1e6, 1e6))
@settings(deadline=None, max_examples=25)
def test_padding_changes_nothing(words: int, frames: int, filling: float) -> None:
    one = request()
    padded = replace(
        one,
        text=F.pad(one.text, (0, 0, 0, words), value=filling),
        text_mask=F.pad(one.text_mask, (0, words)),
        visual=F.pad(one.visual, (0, 0, 0, frames), value=filling),
        visual_mask=F.pad(one.visual_mask, (0, frames)),
    )
    same(velocities(padded), velocities(one))
    assert padded.full == (words == frames == 0)


def test_joined_batches_are_padded_to_the_longest() -> None:
    joined = Conditions.join([request(seed, words=words, frames=frames) for seed, (words, frames) in enumerate(MIXED)])
    assert len(joined) == len(MIXED)
    assert joined.text.shape == (5, 5, TINY.text_width)
    assert joined.text_mask.sum(1).tolist() == [words for words, _ in MIXED]
    assert joined.visual_mask.sum(1).tolist() == [frames for _, frames in MIXED]


def test_order_of_words_is_their_encoders_matter_and_that_of_frames_counts() -> None:
    one = request()
    same(velocities(replace(one, text=one.text.flip(1))), velocities(one))
    assert (velocities(replace(one, visual=one.visual.flip(1))) - velocities(one)).abs().max() > 1e-3


def test_the_length_asked_for_counts() -> None:
    assert (velocities(request(seconds=4.0)) - velocities(request(seconds=8.0))).abs().max() > 0.01


def test_unconditional_keeps_only_the_length() -> None:
    batch = Conditions.join([request(0, seconds=3.0), request(1, seconds=9.0)])
    nothing = batch.unconditional()
    assert nothing.text.shape[1] == nothing.visual.shape[1] == 0
    assert not nothing.sync.any()
    assert nothing.seconds.tolist() == [3, 9]
    assert nothing.full
    everyone = torch.tensor([True, True])
    same(velocities(nothing), velocities(batch.drop(text=everyone, video=everyone)))


def test_features_change_their_type_masks_and_seconds_do_not() -> None:
    moved = request().to("cpu", torch.bfloat16)
    assert moved.text.dtype == moved.visual.dtype == moved.sync.dtype == torch.bfloat16
    assert moved.text_mask.dtype == moved.visual_mask.dtype == torch.bool
    assert moved.seconds.dtype == torch.float64
    assert len(moved) == 1
    assert moved.full


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text_mask": torch.ones(1, 2, dtype=torch.bool)}, r"text is \(batch, tokens, width\) with a boolean mask"),
        ({"visual_mask": torch.ones(1, 4)}, r"not \(1, 4, 6\) with torch.float32 \(1, 4\)"),
        ({"sync": torch.zeros(1, LATENTS)}, r"sync is \(batch, latents, width\), not \(1, 7\)"),
        ({"seconds": torch.zeros(1, 1)}, r"seconds is \(batch,\), not \(1, 1\)"),
        ({"seconds": torch.zeros(2)}, "all parts must have the same batch size"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_parts_that_do_not_fit(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(request(), **change)


def test_a_window_has_its_own_frames_and_synchrony_and_says_where_it_begins() -> None:
    batch = Conditions.join([request(0, frames=64), request(1, frames=64)])
    batch = replace(batch, sync=torch.arange(2 * 200 * TINY.sync_width).double().view(2, 200, -1))
    window = batch.window([0, 4], 3)
    assert torch.equal(window.visual, torch.stack([batch.visual[0, :24], batch.visual[1, 32:56]]))
    assert torch.equal(window.sync, torch.stack([batch.sync[0, :75], batch.sync[1, 100:175]]))
    assert window.start.tolist() == [0, 4]
    assert window.seconds.equal(batch.seconds)
    assert window.text.equal(batch.text)
    whole = batch.window([0, 0], 8)
    assert all(torch.equal(getattr(whole, name), getattr(batch, name)) for name in ("visual", "sync", "start"))


def test_the_network_hears_where_its_latents_begin() -> None:
    first = request(0)
    later = replace(first, start=first.start + 4)
    assert (velocities(first) - velocities(later)).abs().max() > 1e-3


def test_a_window_of_a_request_without_video_has_none() -> None:
    window = replace(request(0, frames=0), sync=torch.zeros(1, 200, TINY.sync_width).double()).window([4], 4)
    assert window.visual.shape[1] == 0
    assert window.sync.shape[1] == 100
