"""Label recall, unwanted speech and music, and the divergence class by class: facts on made tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.encoders.open.yamnet.savedmodel import class_names
from vggsound_omni.metrics import MetricError, Tags, kl, kl_bernoulli, label_recall, unwanted
from vggsound_omni.suites.audioset import audioset_names, names_of
from vggsound_omni.suites.foleyworld import CLASSES

NAMES = ("Speech", "Music", "Dog", "Bark", "Rain", "Chicken, rooster", "Animal", "Silence", "Bell")


def tags(*rows: dict[str, float]) -> Tags:
    return Tags(np.array([[row.get(name, 0.01) for name in NAMES] for row in rows], np.float32), NAMES)


def test_every_name_of_the_table_is_one_of_yamnets(yamnet: Path) -> None:
    known = set(class_names(yamnet))
    assert not {name for names in audioset_names().values() for name in names} - known
    assert known >= label_recall.GENERIC - {"background"}, "which is FoleyWorld's tag for nothing"


def test_every_class_of_the_world_has_names() -> None:
    assert all(audioset_names()[name] for name in CLASSES)


def test_all_309_classes_of_vggsound_are_decided() -> None:
    assert len(audioset_names().keys() - {"footsteps", "glass breaking", "clock ticking", "water dripping"}) == 309


def test_no_class_goes_by_a_name_that_says_nothing_of_a_source() -> None:
    assert not {name for names in audioset_names().values() for name in names} & label_recall.GENERIC


def test_other_labels_are_found_by_a_classs_whole_name_or_a_part_of_it() -> None:
    assert names_of("Rooster", NAMES) == ("Chicken, rooster",)
    assert names_of("bark", NAMES) == ("Bark",)
    assert names_of("chick", NAMES) == ()


def test_a_label_is_named_by_any_of_its_names_among_the_five_likeliest() -> None:
    heard = tags({"Bark": 0.3, "Animal": 0.9}, {"Rain": 0.9}, {"Dog": 0.19})
    estimate = label_recall.evaluate(heard, [("dog barking",)] * 3)
    assert estimate.per_item is not None
    assert estimate.per_item.tolist() == [1, 0, 0], "the last is too unlikely"
    crowd = {"Speech": 0.9, "Rain": 0.8, "Bell": 0.7, "Bark": 0.6, "Chicken, rooster": 0.5, "Dog": 0.4}
    without_bark = crowd | {"Bark": 0.0}
    assert label_recall.evaluate(tags(crowd), [("thunder", "dog barking")]).value == 0.5
    assert label_recall.evaluate(tags(without_bark), [("dog barking",)]).value == 1, "the fifth of them"
    sixth = tags(without_bark | {"Animal": 1.0, "Silence": 1.0})
    assert label_recall.evaluate(sixth, [("dog barking",)]).value == 1, "what says nothing takes no place"


def test_labels_that_audioset_has_no_word_for_are_left_out_and_counted() -> None:
    estimate = label_recall.evaluate(tags({"Dog": 1.0}, {}), [("dog barking",), ("elephant trumpeting",)])
    assert (estimate.value, estimate.n) == (1, 1)
    assert "1 clips, which are left out" in estimate.warnings[0]
    with pytest.raises(MetricError, match="no name for any of the labels"):
        label_recall.evaluate(tags({}), [("elephant trumpeting",)])


def test_silence_names_nothing() -> None:
    assert label_recall.evaluate(tags({"Silence": 1.0}), [("male speech, man speaking",)]).value == 0


@pytest.mark.parametrize(
    ("heard", "there", "said", "score"),
    [
        (0.5, 0.0, "rain on a roof", 1),
        (0.1, 0.0, "rain on a roof", 0),
        (0.5, 0.15, "rain on a roof", 0),
        (0.5, 0.0, "a man talks in the rain", 0),
        (0.5, 0.0, "", 1),
    ],
)
def test_speech_is_unwanted_if_heard_and_neither_recording_nor_words_have_it(
    heard: float, there: float, said: str, score: int
) -> None:
    compute = unwanted.UNWANTED_SPEECH.compute
    assert compute(tags({"Speech": heard}), tags({"Speech": there}), [said]).value == score


@pytest.mark.parametrize(
    ("said", "speech", "music"),
    [
        ("male speech, man speaking", True, False),
        ("playing violin, fiddle", False, True),
        ("female singing", True, True),
        ("a dog barks at a passing car", False, False),
        ("thunder", False, False),
        ("A choir sings while people chat.", True, True),
        ("stalking sandpaper, a rocky shore", False, False),
    ],
)
def test_words_that_ask_for_speech_and_music(said: str, speech: bool, music: bool) -> None:
    assert (bool(unwanted.SPEECH.search(said)), bool(unwanted.MUSIC.search(said))) == (speech, music)


def test_every_class_of_vggsound_that_plays_an_instrument_asks_for_music() -> None:
    sports = {"badminton", "darts", "hockey", "lacrosse", "squash", "table tennis", "tennis", "volleyball"}
    playing = [one for one in audioset_names() if one.startswith("playing ") and one[8:] not in sports]
    assert len(playing) > 40
    assert [one for one in playing if not unwanted.MUSIC.search(one)] == []


def test_a_tagger_without_the_class_has_no_value() -> None:
    without = Tags(np.zeros((1, 1)), ("Dog",))
    with pytest.raises(MetricError, match='no class "Speech"'):
        unwanted.UNWANTED_SPEECH.compute(without, without, [""])


def test_bernoulli_is_the_sum_over_classes_and_never_negative() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.normal(0, 4, (2, 5, 7))
    a, b = 1 / (1 + np.exp(-p)), 1 / (1 + np.exp(-q))
    expected = (a * np.log(a / b) + (1 - a) * np.log((1 - a) / (1 - b))).sum(1)
    np.testing.assert_allclose(np.asarray(kl_bernoulli.evaluate(p, q).per_item), expected, rtol=1e-9)
    assert (expected >= 0).all()
    assert kl_bernoulli.evaluate(p, p).value == 0
    assert np.isfinite(kl_bernoulli.evaluate(np.full((1, 2), 1e3), np.full((1, 2), -1e3)).value)


def test_bernoulli_sees_a_shift_of_all_logits_where_softmax_does_not() -> None:
    p = np.array([[2.0, -1.0, 0.5]])
    assert kl.evaluate(p, p + 3).value == pytest.approx(0, abs=1e-12)
    assert kl_bernoulli.evaluate(p, p + 3).value > 1
