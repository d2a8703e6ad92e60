"""What has a score, what has none, and why: from made features, then on small runs that lack something."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vggsound_omni.api import evaluate
from vggsound_omni.encoders.encoder import AudioInput, Outputs, VideoInput
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, resample, write_mp4, write_wav
from vggsound_omni.metrics import (
    METRICS,
    Estimate,
    Offsets,
    by_encoder,
    compared,
    encoded,
    kl,
    mean_of_clips,
    samples,
    truth,
)
from vggsound_omni.metrics.metric import Need
from vggsound_omni.present.formats import to_json, to_latex, to_markdown
from vggsound_omni.present.tables import score_tables
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.runs.measure import Measured, applying, measure
from vggsound_omni.runs.result import Result
from vggsound_omni.suites.suite import Item, SoundEvent, Truth

from .made import IDS, TRACK, bind, card, extracted, items, metric, spec

TAGGER, OTHER = spec("ears", "tagger"), spec("others", "tagger", variant="other")
SOUND, RECORDING = encoded("tagger", "embedding", "generated"), encoded("tagger", "embedding", "reference")
ROWS = {"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]}


def one(bound: Any, found: Any, ids: Sequence[str] = IDS, of: Sequence[Item] | None = None) -> Measured:
    return measure([bound], TRACK, items() if of is None else of, ids, found)


def test_columns_come_in_one_order_of_ids_for_every_need() -> None:
    seen: list[Any] = []

    def compute(sound: Any, recording: Any, words: Any) -> Estimate:
        seen[:] = [sound, recording, words]
        return mean_of_clips(np.arange(3.0))

    needs = SOUND, RECORDING, encoded("reader", "embedding", "text", ragged=True)
    columns: Any = {
        ("ears", "generated"): dict(reversed(ROWS.items())),
        ("ears", "reference"): {i: [-x for x in row] for i, row in ROWS.items()},
        ("eyes", "text"): {"a": [1.0], "b": [2.0, 3.0], "c": []},
    }
    bound = bind(metric(*needs, compute=compute), tagger=TAGGER, reader=spec("eyes", "reader"))
    found = one(bound, extracted(columns, cards={"eyes": card("eyes", "1")}), ("c", "a", "b"))
    np.testing.assert_array_equal(seen[0], np.array(list(ROWS.values()), np.float32))
    np.testing.assert_array_equal(seen[1], -seen[0])
    assert [row.tolist() for row in seen[2]] == [[1.0], [2.0, 3.0], []]
    assert found.items == {"a": {"mine": 0.0}, "b": {"mine": 1.0}, "c": {"mine": 2.0}}
    score = found.scores["mine"]
    assert (score.status, score.value, score.n, score.unit, score.direction) == ("computed", 1.0, 3, "apples", "lower")
    assert (score.metric_id, score.encoder) == ("mine-ears-eyes", "ears+eyes")
    assert score.checkpoint_sha256 == hashlib.sha256(f"{'0' * 64} {'1' * 64}".encode()).hexdigest()
    assert score.reason == "in French", "what the track says of a side that the metric looks at"


def test_the_number_is_that_of_the_metric_itself() -> None:
    """KL of a set is what metrics.kl gives of the same logits, once for each encoder that plays the role."""
    rng = np.random.default_rng(0)
    logits = {
        (name, side): {i: rng.normal(size=5).astype(np.float32) for i in IDS}
        for name in ("ears", "others")
        for side in ("generated", "reference")
    }
    bound = [bind(METRICS["kl"], tagger=TAGGER), bind(by_encoder(METRICS["kl"], "other"), tagger=OTHER)]
    found = measure(bound, TRACK, items(), IDS, extracted(logits, output="logits"))  # type: ignore[arg-type]
    assert list(found.scores) == ["kl", "kl@other"]
    for key, name in (("kl", "ears"), ("kl@other", "others")):
        reference, generated = (np.array(list(logits[name, side].values())) for side in ("reference", "generated"))
        expected = kl.evaluate(reference, generated)
        score = found.scores[key]
        assert expected.interval is not None
        assert (score.value, score.interval) == (expected.value, (0.0, expected.interval[1]))
        assert expected.interval[0] < 0, "which KL is not"
        assert (score.encoder, score.metric_id) == (name, f"kl-{name}")
        assert expected.per_item is not None
        assert [found.items[i][key] for i in IDS] == expected.per_item.tolist()


def test_an_item_to_which_a_metric_does_not_apply_is_left_out_of_it_and_n_says_so() -> None:
    bound = bind(
        metric(SOUND, compute=lambda rows: mean_of_clips(np.where(rows[:, 0] == 3, np.nan, rows[:, 0]))), tagger=TAGGER
    )
    found = one(bound, extracted({("ears", "generated"): ROWS}))
    assert (found.scores["mine"].value, found.scores["mine"].n) == (3.0, 2)
    assert found.items == {"a": {"mine": 1.0}, "b": {}, "c": {"mine": 5.0}}
    nothing = bind(metric(SOUND, compute=lambda rows: mean_of_clips(rows[:, 0] * np.nan)), tagger=TAGGER)
    score = one(nothing, extracted({("ears", "generated"): ROWS})).scores["mine"]
    assert (score.status, score.reason) == ("not_computed", "It applies to none of the clips.")


def test_a_metric_of_the_set_has_influence_and_no_scores_of_items() -> None:
    def compute(rows: Any) -> Estimate:
        return Estimate(value=9.0, n=3, bias=2.0, interval=(6.0, 8.0), influence=np.array([-1.0, 0.0, 1.0]))

    found = one(
        bind(metric(SOUND, compute=compute, per_item=False), tagger=TAGGER), extracted({("ears", "generated"): ROWS})
    )
    assert found.items == {"a": {}, "b": {}, "c": {}}
    assert found.influence == {"a": {"mine": -1.0}, "b": {"mine": 0.0}, "c": {"mine": 1.0}}
    score = found.scores["mine"]
    assert (score.value, score.bias, score.estimate, score.interval) == (9.0, 2.0, 7.0, (6.0, 8.0))
    alone = one(
        bind(metric(SOUND, compute=lambda rows: Estimate(value=1.0, n=3), per_item=False), tagger=TAGGER),
        extracted({("ears", "generated"): ROWS}),
    )
    assert alone.influence == {"a": {}, "b": {}, "c": {}}
    assert alone.scores["mine"].estimate == 1.0


def test_a_raised_version_of_a_metric_is_in_its_identity() -> None:
    found = extracted({("ears", "generated"): ROWS})
    first, second = (bind(metric(SOUND, key="my_own", version=v), tagger=TAGGER) for v in (1, 2))
    assert one(first, found).scores["my_own"].metric_id == "my-own-ears"
    assert one(second, found).scores["my_own"].metric_id == "my-own-2-ears"


def test_a_metric_of_truth_takes_the_items_whose_truth_is_known() -> None:
    """Of the others nothing is said, and n is how many there were."""
    bark = SoundEvent(sound_class="dog barking", onset=0.5, end=0.9)
    known = {"a": Truth(), "c": Truth(events=(bark, bark))}
    counted = metric(
        SOUND,
        truth("events"),
        compute=lambda rows, events: mean_of_clips(np.array([float(len(e)) for e in events]) + 0 * rows[:, 0]),
    )
    known_items = [items([i], truth=known.get(i))[0] for i in IDS]
    found = one(bind(counted, tagger=TAGGER), extracted({("ears", "generated"): ROWS}, truth=known), of=known_items)
    assert (found.scores["mine"].value, found.scores["mine"].n) == (1.0, 2)
    assert found.items == {"a": {"mine": 0.0}, "b": {}, "c": {"mine": 2.0}}
    some = one(
        bind(counted, tagger=TAGGER), extracted({("ears", "generated"): ROWS}, truth=known), ["b"], of=known_items
    )
    assert some.scores["mine"].reason == "The truth of none of the scored items is known."
    assert one(bind(counted, tagger=TAGGER), extracted({})).scores["mine"].status == "not_applicable"


def test_a_metric_of_samples_is_given_both_sounds_at_its_rate(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paths = {}
    for name in ("ours", "theirs"):
        paths[name] = tmp_path / f"{name}.wav"
        noise = rng.uniform(-0.3, 0.3, (1, 44_100)).astype(np.float32)
        write_wav(paths[name], Audio(samples=noise, sample_rate=22_050), "FLOAT")

    def compute(ours: Sequence[Any], theirs: Sequence[Any]) -> Estimate:
        return mean_of_clips(np.array([float(np.abs(a - b).mean()) for a, b in zip(ours, theirs, strict=True)]))

    level = metric(samples("generated", 8_000), samples("reference", 8_000), compute=compute)
    found = one(
        bind(level),
        extracted({}, generated={"a": paths["ours"]}, reference={"a": paths["theirs"]}),
        ["a"],
        items(["a"]),
    )
    heard = [resample(read_audio(path, seconds=1.0).samples[0], 22_050, 8_000) for path in paths.values()]
    score = found.scores["mine"]
    assert score.value == pytest.approx(np.abs(heard[0] - heard[1]).mean(), rel=1e-6)
    assert (score.metric_id, score.encoder, score.checkpoint_sha256) == ("mine", None, None)
    lacking = one(bind(level), extracted({}, generated={"a": paths["ours"]}), ["a"], items(["a"]))
    assert lacking.scores["mine"].reason == 'Item "a" has no reference.'


def test_a_role_that_nobody_plays_is_said() -> None:
    bound = bind(metric(SOUND, encoded("judge", "embedding", "generated")), tagger=TAGGER)
    score = one(bound, extracted({("ears", "generated"): ROWS})).scores["mine"]
    assert (score.status, score.reason) == ("not_computed", 'No encoder of the set plays the role "judge".')


def test_absent_weights_are_the_reason_why_nothing_was_computed() -> None:
    bound = bind(metric(SOUND), tagger=OTHER)
    score = one(bound, extracted({}, absent={"others": "The weights of others are not here."})).scores["mine"]
    assert (score.status, score.reason) == ("not_computed", "The weights of others are not here.")


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        ({}, 'Item "a" and 1 more has no sound.'),
        ({"a": "0.1 s are too short.", "c": "another"}, 'Item "a" and 1 more has no sound: 0.1 s are too short.'),
    ],
)
def test_an_item_without_features_ends_the_metric_with_its_reason(failures: dict[str, str], reason: str) -> None:
    """All metrics score one set of items, so none leaves out an item in silence."""
    found = one(bind(metric(SOUND), tagger=TAGGER), extracted({("ears", "generated"): {"b": [1.0]}}, failures=failures))
    assert (found.scores["mine"].status, found.scores["mine"].reason) == ("not_computed", reason)
    assert found.items == {"a": {}, "b": {}, "c": {}}


@pytest.mark.parametrize(
    ("side", "called"), [("generated", "sound"), ("reference", "reference"), ("video", "video"), ("text", "caption")]
)
def test_what_an_item_lacks_is_called_by_its_name(side: Any, called: str) -> None:
    bound = bind(metric(encoded("tagger", "embedding", side)), tagger=TAGGER)
    score = one(bound, extracted({("ears", side): {"a": [1.0], "b": [1.0]}})).scores["mine"]
    assert score.reason == f'Item "c" has no {called}.'


class Sync:
    """Adds what both sides hold."""

    card = card("sync")
    audio_input, video_input = AudioInput(sample_rate=16_000), VideoInput(fps=5, pixels=8)
    offsets = (-1.0, 1.0)

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def audio(self, samples: Tensor) -> Outputs:
        raise NotImplementedError

    def video(self, frames: Tensor) -> Outputs:
        raise NotImplementedError

    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        self.sizes.append(len(audio["embedding"]))
        return torch.stack([audio["embedding"] + video["embedding"]] * 2, 2)


def test_a_synchroniser_compares_each_sound_with_its_picture_in_bounded_batches() -> None:
    ids = [f"{k:03}" for k in range(130)]
    given: list[Offsets] = []

    def compute(offsets: Offsets) -> Estimate:
        given.append(offsets)
        return mean_of_clips(offsets.logits[:, 0, 0].astype(np.float64))

    columns: Any = {
        ("sync", "generated"): {i: [float(k)] for k, i in enumerate(ids)},
        ("sync", "video"): {i: [1000.0] for i in ids},
    }
    sync = Sync()
    bound = bind(metric(compared("ds"), compute=compute), ds=spec("sync", "ds"))
    found = one(bound, extracted(columns, synchronisers={"sync": sync}), ids, items(ids))
    assert sync.sizes == [64, 64, 2]
    assert (given[0].logits.shape, given[0].seconds) == ((130, 1, 2), (-1.0, 1.0))
    assert [found.items[i]["mine"] for i in ids] == [1000.0 + k for k in range(130)]
    lacking = one(bound, extracted(columns | {("sync", "video"): {"a": [1.0]}}, synchronisers={"sync": sync}), ["000"])
    assert lacking.scores["mine"].reason == 'Item "000" has no video of 4.8 s.'


def test_only_what_applies_is_encoded_for() -> None:
    needs: dict[str, Need] = {"sound": SOUND, "words": encoded("tagger", "embedding", "text"), "known": truth("music")}
    bound = [bind(metric(need, key=key), tagger=TAGGER) for key, need in needs.items()]
    assert [one.metric.key for one in applying(bound, TRACK, items(caption=None))] == ["sound"]
    assert [one.metric.key for one in applying(bound, TRACK, items(truth=Truth()))] == ["sound", "words", "known"]


class Tone:
    """A tone for each request, its pitch from the seed."""

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Mono, 16 kHz."""
        return [self.one(r) for r in requests]

    def one(self, r: Request) -> Audio:
        """One tone."""
        t = np.arange(round(r.duration * 16_000)) / 16_000
        samples = 0.3 * np.sin(2 * np.pi * (200 + r.seed % 2000) * t)
        return Audio(samples=samples[np.newaxis].astype(np.float32), sample_rate=16_000)


class Mute(Tone):
    """Never answers."""

    def one(self, r: Request) -> Audio:
        """Raises."""
        raise RuntimeError(f"no sound for {r.id}")


def test_without_references_what_needs_none_is_computed(captions_only: Path) -> None:
    result = evaluate(Tone(), "t2a", suite=f"manifest:{captions_only}", encoder_set="foleyworld").result
    for key in ("pq", "ce", "cu", "pc", "ms_clap", "la_clap"):
        assert result.scores[key].status == "computed", key
    for key in ("kl", "fd", "fad", "kad", "fd_inf"):
        assert result.scores[key].status == "not_applicable"
        assert result.scores[key].reason == "the suite has no reference recordings"
    assert result.scores["is"].reason == "IS needs at least 20 clips; there are 6."
    assert result.scores["ib"].status == "not_applicable"


def test_with_no_valid_audio_nothing_is_computed_and_all_is_said(captions_only: Path) -> None:
    result = evaluate(Mute(), "t2a", suite=f"manifest:{captions_only}", encoder_set="foleyworld").result
    assert result.counts.scored == 0
    assert {f.rule for f in result.failures} == {"raised"}
    for key, score in result.scores.items():
        if score.status != "not_applicable":
            assert (score.status, score.reason) == ("not_computed", "No item has valid audio."), key


def test_a_failed_item_is_out_of_every_metric_alike(captions_only: Path) -> None:
    class Half(Tone):
        def one(self, r: Request) -> Audio:
            if r.text in ("a sound number 1", "a sound number 4"):
                raise RuntimeError("not this one")
            return super().one(r)

    result = evaluate(Half(), "t2a", suite=f"manifest:{captions_only}", encoder_set="foleyworld").result
    assert {f.id for f in result.failures} == {"item1", "item4"}
    assert {score.n for score in result.scores.values() if score.status == "computed"} == {4}
    assert set(result.items) == {"item0", "item2", "item3", "item5"}


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Three real clips with picture, sound and caption; one is too short for DS."""
    rng = np.random.default_rng(0)
    rows = ["id,caption,video,audio"]
    for name, seconds in (("a", 6), ("b", 6), ("c", 3)):
        sound = Audio(samples=rng.uniform(-0.3, 0.3, (1, seconds * 16_000)).astype(np.float32), sample_rate=16_000)
        frames = np.repeat(rng.integers(0, 256, (seconds * 5, 64, 64, 3), dtype=np.uint8), 5, axis=0)
        write_mp4(tmp_path / f"{name}.mp4", frames, 25, None)
        write_wav(tmp_path / f"{name}.wav", sound, "PCM_16")
        rows.append(f"{name},a noise,{name}.mp4,{name}.wav")
    (tmp_path / "clips.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path / "clips.csv"


@pytest.fixture
def result(clips: Path) -> Result:
    return evaluate("oracle", "vt2a", suite=f"manifest:{clips}", encoder_set="foleyworld").result


def test_one_clip_too_short_for_ds_leaves_the_rest_standing(result: Result) -> None:
    assert result.scores["ds"].status == "not_computed"
    assert 'Item "c" has no sound of 4.8 s' in (result.scores["ds"].reason or "")
    assert "are too short; the synchroniser compares 4.8 s" in (result.scores["ds"].reason or "")
    for key in ("kl", "fd", "fad", "ib", "pq", "ms_clap"):
        assert result.scores[key].status == "computed", result.scores[key].reason


def test_foreign_sound_is_scored_with_the_bundled_encoders_only_if_asked_and_says_so(result: Result) -> None:
    assert result.encoder_set == "foleyworld"
    assert "know the sound of that suite alone" in result.warnings[0]
    assert result.scores["ms_clap"].title == "fw MS-CLAP"
    (table,) = score_tables([result])
    assert {row.title for row in table.rows if row.key in ("kl", "ib")} == {"fw KL", "fw IB †"}
    for written in (to_markdown([result]), to_latex([result]), to_json([result])):
        assert "fw MS-CLAP" in written
        assert "know the sound of that suite alone" in written


def test_real_clips_are_scored_with_the_open_set(clips: Path, open_set: Path) -> None:
    result = evaluate("shuffled", "vt2a", suite=f"manifest:{clips}").result
    assert result.encoder_set == "open"
    assert result.scores["kl"].encoder == "yamnet"
    assert result.scores["kl"].title == "KL"
    assert result.scores["kl"].status == "computed"
    assert result.scores["label_recall"].reason == "the suite's items have no labels"
    assert result.scores["ms_clap"].reason == "Needs ms-clap of the pretrained set."
    assert not any("know the sound" in warning for warning in result.warnings)


def test_real_clips_without_any_weights_are_one_sentence_and_nothing_is_generated(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "empty"))
    with pytest.raises(UserError, match="run omni-bench weights pull open"):
        evaluate("shuffled", "vt2a", suite=f"manifest:{clips}", output=tmp_path / "run")
    assert not (tmp_path / "run").exists()
