"""The nearest caption by TF-IDF, and its scene's sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.generators.baselines.retrieval import CaptionIndex, Retrieval
from vggsound_omni.suites.foleyworld import render_audio, scene

from .samples import request

TEXTS = [
    "A dog barks twice, then a door slams.",
    "Rain falls steadily while thunder rolls far away.",
    "A dog barks; rain falls.",
    "A church bell rings three times.",
]


@pytest.mark.parametrize(
    ("text", "found"),
    [("thunder", 1), ("the bell of a church", 3), ("DOG, and RAIN!", 2), ("a door slams", 0), ("zither", 0)],
)
def test_rare_words_decide(text: str, found: int) -> None:
    assert CaptionIndex(TEXTS).nearest(text) == found


words = st.lists(st.sampled_from(["dog", "rain", "bell", "door", "a", "the", "far", "twice"]), min_size=1, max_size=8)


@given(st.lists(words, min_size=1, max_size=12))
def test_each_text_is_nearest_to_itself(texts: list[list[str]]) -> None:
    index = CaptionIndex([" ".join(text) for text in texts])
    for text in texts:
        found = texts[index.nearest(" ".join(reversed(text)))]
        shares = {word: found.count(word) / len(found) for word in found}
        assert shares == pytest.approx({word: text.count(word) / len(text) for word in text})


def test_it_matches_the_formula_on_paper() -> None:
    # Two texts: "dog" is in one of them, "a" in both: idf(dog) = ln(3 / 2) + 1, idf(a) = 1.
    index = CaptionIndex(["a dog", "a a"])
    rare = np.log(3 / 2) + 1
    np.testing.assert_allclose(
        index._vectors.toarray(), [[1 / np.hypot(1, rare), rare / np.hypot(1, rare)], [1, 0]], rtol=1e-12
    )


def test_a_training_caption_gives_its_scene_s_sound() -> None:
    retrieval = Retrieval(pool=30)
    asked = scene("train", "main", 11)
    (audio,) = retrieval.generate([request(text=asked.captions.dense, duration=8.0)])
    np.testing.assert_array_equal(audio.samples[0], render_audio(asked))
    assert audio.sample_rate == 16_000


def test_a_pool_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="at least 1, not 0"):
        Retrieval(pool=0)
