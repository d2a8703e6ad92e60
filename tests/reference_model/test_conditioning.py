"""The nano encoders: which words are read, which frames are seen, and when."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from reference_model import rates
from reference_model.conditioning import text as text_module
from reference_model.conditioning import video as video_module
from reference_model.conditioning.text import LONGEST, TextEncoder, pooled
from reference_model.conditioning.video import VideoEncoder, frames_for, shown
from reference_model.dit import NANO

WORDS = ["a", "bell", "dog", "barks", "rings", "then"]


@pytest.fixture(scope="module")
def reader() -> TextEncoder:
    torch.manual_seed(0)
    vocabulary = {word: number for number, word in enumerate(WORDS, 2)}
    return TextEncoder(text_module.NANO, vocabulary).eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def viewer() -> VideoEncoder:
    torch.manual_seed(0)
    return VideoEncoder(video_module.NANO).eval().requires_grad_(requires_grad=False)


def film(batch: int, frames: int, seed: int = 0) -> Tensor:
    return torch.randint(256, (batch, frames, 64, 64, 3), dtype=torch.uint8, generator=Generator().manual_seed(seed))


def test_widths_are_those_of_the_transformer() -> None:
    assert text_module.NANO.width == NANO.text_width
    assert (video_module.NANO.width, video_module.NANO.sync_width) == (NANO.visual_width, NANO.sync_width)


def test_words_have_their_numbers_and_unknown_words_one_in_common(reader: TextEncoder) -> None:
    found = reader.numbers(["A dog barks, then a BELL.", "Zither! Ünglück"])
    assert found.tolist() == [[2, 4, 5, 7, 2, 3], [1, 1, 0, 0, 0, 0]]
    tokens, present = reader(reader.numbers(["zither", "oboe"]))
    assert torch.equal(tokens[0], tokens[1])
    assert present.all()


@pytest.mark.parametrize("text", ["", " ", "12 ... !"])
def test_text_without_words_has_no_tokens(reader: TextEncoder, text: str) -> None:
    tokens, present = reader(reader.numbers([text]))
    assert tokens.shape == (1, 0, text_module.NANO.width)
    assert present.shape == (1, 0)
    tokens, present = reader(reader.numbers([text, "a dog"]))
    assert present.tolist() == [[False, False], [True, True]]
    assert torch.equal(tokens[0], torch.zeros(2, text_module.NANO.width))


def test_no_texts_are_no_rows(reader: TextEncoder) -> None:
    assert reader.numbers([]).shape == (0, 0)


def letters(number: int) -> str:
    return "w" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_long_text_is_cut_with_a_warning_that_shows_where(reader: TextEncoder) -> None:
    words = [letters(number) for number in range(100)]
    kept, cut = words[LONGEST - 1], words[LONGEST]
    with pytest.warns(UserWarning, match=re.escape(f'{kept}" | " {cut}')) as caught:
        found = reader.numbers([" ".join(words)])
    assert LONGEST == 96
    assert found.shape == (1, 96)
    assert len(caught) == 1
    assert str(caught[0].message).startswith("96 of 100 words of a text are read")


def test_text_of_as_many_words_as_are_read_is_whole(reader: TextEncoder) -> None:
    assert reader.numbers([" ".join(letters(number) for number in range(96))]).shape == (1, 96)


def test_texts_of_a_batch_do_not_read_each_other(reader: TextEncoder) -> None:
    texts = ["a dog barks then a bell rings", "a bell", ""]
    tokens, present = reader(reader.numbers(texts))
    for row, one in enumerate(texts):
        alone, _ = reader(reader.numbers([one]))
        torch.testing.assert_close(tokens[row, : alone.shape[1]], alone[0], rtol=0, atol=1e-5)
        assert not tokens[row, alone.shape[1] :].any()
        assert int(present[row].sum()) == alone.shape[1]


def test_order_of_words_counts(reader: TextEncoder) -> None:
    one, other = (pooled(*reader(reader.numbers([text]))) for text in ("dog then bell", "bell then dog"))
    assert (one - other).abs().max() > 1e-3


def test_pooling_is_the_mean_of_what_is_there() -> None:
    tokens = torch.tensor([[[1.0], [3.0], [100.0]], [[5.0], [5.0], [5.0]]])
    present = torch.tensor([[True, True, False], [False, False, False]])
    assert pooled(tokens, present).tolist() == [[2], [0]]


def test_8_seconds_of_frames_give_64_visual_tokens_and_200_features(viewer: VideoEncoder) -> None:
    visual, sync = viewer(film(1, 100))
    assert visual.shape == (1, 64, video_module.NANO.width) == (1, rates.frames(8), NANO.visual_width)
    assert sync.shape == (1, 200, video_module.NANO.sync_width) == (1, rates.latents(8), NANO.sync_width)


def test_one_frame_is_a_video(viewer: VideoEncoder) -> None:
    visual, sync = viewer(film(1, 1))
    assert visual.shape[1] == 1
    assert sync.shape[1] == 2
    assert visual.isfinite().all()
    assert sync.isfinite().all()


def test_a_still_picture_gives_the_same_everywhere_but_at_its_ends(viewer: VideoEncoder) -> None:
    visual, sync = viewer(film(1, 1).expand(-1, 100, -1, -1, -1))
    torch.testing.assert_close(visual[0, 20:40], visual[0, 20:21].expand(20, -1), rtol=0, atol=1e-4)
    torch.testing.assert_close(sync[0, 60:140:2], sync[0, 60:61].expand(40, -1), rtol=0, atol=1e-4)


def test_a_change_is_seen_when_it_happens(viewer: VideoEncoder) -> None:
    """One other frame at 4 s moves the features of that moment most."""
    frames = film(1, 1).repeat(1, 100, 1, 1, 1)
    changed = frames.clone()
    changed[:, 50] = film(1, 1, seed=1)[:, 0]
    (visual, sync), (other_visual, other_sync) = viewer(frames), viewer(changed)
    at_sync = int((other_sync - sync).norm(dim=-1).argmax())
    at_visual = int((other_visual - visual).norm(dim=-1).argmax())
    assert at_sync / rates.LATENT_RATE == pytest.approx(4.0, abs=0.3)
    assert at_visual / rates.VISUAL_FPS == pytest.approx(4.0, abs=0.3)


def test_films_of_a_batch_do_not_see_each_other(viewer: VideoEncoder) -> None:
    films = film(2, 10)
    for found, *alone in zip(viewer(films), *(viewer(one[None]) for one in films), strict=True):
        torch.testing.assert_close(found, torch.cat(alone), rtol=1e-4, atol=1e-5)


@given(count=st.integers(1, 2000))
@settings(deadline=None)
def test_token_k_is_the_frame_on_screen_at_k_eighths_of_a_second(count: int) -> None:
    frames = shown(count)
    assert Fraction(len(frames) - 1, 8) < Fraction(2 * count, 25) <= Fraction(len(frames), 8)
    for k, frame in enumerate(frames):
        assert Fraction(2 * frame, 25) <= Fraction(k, 8) < Fraction(2 * (frame + 1), 25)


@given(latents=st.integers(1, 2000))
@settings(deadline=None)
def test_frames_cover_the_latents_with_two_each(latents: int) -> None:
    assert 0 <= 2 * frames_for(latents) - latents <= 1
