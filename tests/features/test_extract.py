"""The engine: what metrics need is encoded, each file decoded once, large encoders one at a time."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.registry import playing
from vggsound_omni.errors import UserError
from vggsound_omni.features import FeatureStore
from vggsound_omni.features.extract import Binding, Extracted, Sources, bindings, extract
from vggsound_omni.features.signals import Signal
from vggsound_omni.media import read_audio, resample, write_mp4
from vggsound_omni.metrics import METRICS, Estimate, Metric, compared, encoded, mean_of_clips, samples
from vggsound_omni.metrics.metric import Need

from .shared import Ear, hear, opening
from .stubs import ALIVE, BUILT, PUBLISHED, Synchroniser, spec

Known = Callable[..., None]


def metric(key: str, *needs: Need) -> Metric:
    def compute(*columns: Any) -> Estimate:
        return mean_of_clips(np.array([float(len(row)) for row in columns[0]]))

    return Metric(
        key=key, title=key, unit="", better=None, per_item=True, summary="What?", needs=needs, compute=compute
    )


def hearing(key: str = "spread", role: str = "tagger") -> Metric:
    """Needs both sounds."""
    return metric(key, encoded(role, "embedding", "generated"), encoded(role, "embedding", "reference"))


def extracted(bound: list[Binding], sources: Sources, store: FeatureStore, **more: Any) -> Extracted:
    options: dict[str, Any] = {"window": None, "console": Console(quiet=True)} | more
    return extract(bound, sources, store=store, **options)


def halves(sounds: dict[str, Path]) -> Sources:
    """The first three clips as what was generated for the next three."""
    paths = list(sounds.values())
    ids = ("a", "b", "c")
    return Sources(generated=dict(zip(ids, paths[:3], strict=True)), reference=dict(zip(ids, paths[3:6], strict=True)))


def test_small_encoders_share_a_decode(sounds: dict[str, Path], store: FeatureStore, made_set: Known) -> None:
    made_set(spec("one"), spec("two", "patches", arguments={"name": "two", "sample_rate": 8_000}))
    bound = bindings("made", [hearing(), hearing("distance", "patches")])
    with opening() as opened:
        found = extracted(bound, halves(sounds), store)
    assert opened == {f"clip{n}.wav": 1 for n in range(6)}
    assert set(found.columns) == {(name, side) for name in ("one", "two") for side in ("generated", "reference")}
    direct = hear(halves(sounds).generated, [Ear("two", 8_000)], FeatureStore(store.root / "other"), None)
    for item, features in direct.features["two"].items():
        np.testing.assert_allclose(
            found.columns["two", "generated"].features[item]["embedding"], features["embedding"], atol=1e-5
        )


def test_large_encoders_come_one_at_a_time_and_hear_what_was_decoded_for_the_first(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known
) -> None:
    roles = ("tagger", "patches", "is", "ms_clap")
    specs = [spec(f"{role} encoder", role, large=role not in ("tagger", "patches")) for role in roles]
    made_set(*specs[2:], *specs[:2])
    bound = bindings("made", [hearing(role, role) for role in roles])
    with opening() as opened:
        found = extracted(bound, halves(sounds), store)
    alive = {"tagger encoder": 0, "patches encoder": 1, "is encoder": 0, "ms_clap encoder": 0}
    assert dict(BUILT) == alive, "the small ones are together, and every group is dropped before the next"
    assert len(ALIVE) == 0
    assert opened == {f"clip{n}.wav": 1 for n in range(6)}
    assert found.cards.keys() == alive.keys()


def test_a_large_encoder_is_given_one_signal_at_a_time(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_set(spec("small"), spec("large", "patches", large=True))
    batches: dict[str, set[int]] = {"small": set(), "large": set()}
    audio = Ear.audio

    def noted(self: Ear, given: torch.Tensor) -> dict[str, torch.Tensor]:
        batches[self.card.name].add(len(given))
        return audio(self, given)

    monkeypatch.setattr(Ear, "audio", noted)
    same = dict.fromkeys("abc", sounds["clip0"]) | {"d": sounds["clip5"]}
    extracted(bindings("made", [hearing(), hearing("far", "patches")]), Sources(generated=same), store, batch_size=16)
    assert batches == {"small": {2}, "large": {1}}, "two sounds of one length, one of them three times"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:115] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        MemoryError(),
    ],
)
def test_a_batch_that_memory_does_not_suffice_for_is_halved_and_stays_small(
    store: FeatureStore,
    made_set: Known,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    tmp_path: Path,
) -> None:
    made_set(spec("small"))
    rng = np.random.default_rng(0)
    made = {f"s{n}": Signal(rng.normal(size=16_000).astype(np.float32), 16_000, f"{n}") for n in range(9)}
    sources = Sources(generated={name: functools.partial(made.__getitem__, name) for name in made})
    whole = extracted(bindings("made", [hearing()]), sources, FeatureStore(tmp_path / "other"), batch_size=4)
    tried: list[int] = []
    audio = Ear.audio

    def narrow(self: Ear, given: torch.Tensor) -> dict[str, torch.Tensor]:
        tried.append(len(given))
        if len(given) > 2:
            raise error
        return audio(self, given)

    monkeypatch.setattr(Ear, "audio", narrow)
    found = extracted(bindings("made", [hearing()]), sources, store, batch_size=4)
    before, after = whole.columns["small", "generated"], found.columns["small", "generated"]
    for name in made:
        np.testing.assert_allclose(after.features[name]["embedding"], before.features[name]["embedding"], rtol=1e-5)
    assert tried[0] == 4
    assert max(tried[1:]) <= 2, "it is not tried again"


def test_what_no_metric_needs_is_not_encoded(sounds: dict[str, Path], store: FeatureStore, made_set: Known) -> None:
    made_set(spec("one"), spec("two", "patches"))
    alone = metric("alone", encoded("tagger", "embedding", "generated"))
    with opening() as opened:
        found = extracted(bindings("made", [alone]), halves(sounds), store)
    assert opened == {f"clip{n}.wav": 1 for n in range(3)}
    assert set(found.columns) == {("one", "generated")}
    assert BUILT == [("one", 0)]


def test_a_metric_of_samples_needs_no_encoder_and_decodes_when_it_looks(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known
) -> None:
    made_set(spec("one"))
    need = samples("generated", 8_000)
    with opening() as opened:
        found = extracted(bindings("made", [metric("level", need)]), halves(sounds), store, window=0.25)
        sound = found.sound(need, ["c", "a", "b"])
        part = sound[1:]
        assert (len(sound), len(part)) == (3, 2)
    assert (BUILT, opened) == ([], {})
    with opening() as opened:
        first = part[0]
    assert opened == {"clip0.wav": 1}, "this one alone"
    path = sounds["clip0"]
    expected = read_audio(path, seconds=0.25)
    np.testing.assert_array_equal(first, resample(expected.samples[0], expected.sample_rate, 8_000))
    assert first.dtype == np.float32
    assert first.shape == (2_000,)
    np.testing.assert_array_equal(list(sound)[1], first)
    assert [len(one) for one in sound] == [2_000] * 3
    theirs = found.sound(samples("reference"), ["a"])[0]
    assert len(theirs) == 4_000


def test_texts_are_read_by_who_reads(sounds: dict[str, Path], store: FeatureStore, made_set: Known) -> None:
    made_set(spec("both", "ms_clap", make="both", modalities=("audio", "text")))
    needs = encoded("ms_clap", "embedding", "text"), encoded("ms_clap", "embedding", "generated")
    found = extracted(
        bindings("made", [metric("words", *needs)]),
        replace(halves(sounds), text={"a": "a bad cab", "b": "", "c": "a bad cab"}),
        store,
    )
    assert found.columns["both", "text"].features["c"]["embedding"].tolist()[:4] == [3, 2, 1, 1]
    assert ("both", "reference") not in found.columns


def test_a_synchroniser_gets_both_sides_and_is_kept_to_compare(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known, tmp_path: Path
) -> None:
    made_set(spec("sync", "ds", make="synchroniser", modalities=("audio", "video"), large=True))
    for name, grey in (("a", 10), ("b", 200)):
        write_mp4(tmp_path / f"{name}.mp4", np.full((25, 32, 32, 3), grey, np.uint8), 25, None)
    found = extracted(
        bindings("made", [metric("ds", compared("ds"))]),
        replace(halves(sounds), video={name: tmp_path / f"{name}.mp4" for name in "ab"}),
        store,
    )
    assert set(found.columns) == {("sync", "generated"), ("sync", "video")}
    assert isinstance(found.synchronisers["sync"], Synchroniser)
    assert [round(float(f["windows"][0]), 1) for f in found.columns["sync", "video"].features.values()] == [0.0, 0.8]


def test_absent_weights_cost_their_encoder_alone(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known, tmp_path: Path
) -> None:
    made_set(spec("here"), spec("away", "patches", large=True, weights=PUBLISHED))
    bound = bindings("made", [hearing(), hearing("far", "patches")])
    console = Console(record=True, width=300, file=io.StringIO())
    found = extracted(bound, halves(sounds), store, console=console, weights=tmp_path)
    assert set(found.cards) == {"here"}
    assert set(found.absent) == {"away"}
    assert found.absent["away"] in console.export_text()
    assert "away.pt" in found.absent["away"]
    assert set(found.columns) == {("here", "generated"), ("here", "reference")}


def test_with_all_weights_absent_there_is_nothing_to_score_with(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known, tmp_path: Path
) -> None:
    made_set(spec("away", weights=PUBLISHED), spec("gone", "patches", weights=PUBLISHED))
    console = Console(record=True, width=300, file=io.StringIO())
    bound = bindings("made", [hearing(), hearing("far", "patches")])
    with pytest.raises(UserError, match=r"away\.pt.* Nor can the others be loaded: gone\.$"):
        extracted(bound, halves(sounds), store, console=console, weights=tmp_path)
    assert console.export_text().count("weights pull gone") == 1, "each is told at length once"


def test_an_encoder_that_ships_and_cannot_be_loaded_is_an_error(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known
) -> None:
    made_set(spec("one"), spec("broken", "patches", make="no_such_thing"))
    with pytest.raises(AttributeError, match="no_such_thing"):
        extracted(bindings("made", [hearing(), hearing("far", "patches")]), halves(sounds), store)


def test_a_raised_version_encodes_again_and_nothing_else_does(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known
) -> None:
    def decoded(first: EncoderSpec, second: EncoderSpec) -> int:
        made_set(first, second)
        with opening() as opened:
            extracted(bindings("made", [hearing(), hearing("far", "patches")]), halves(sounds), store)
        return sum(opened.values())

    one, two = spec("one"), spec("two", "patches")
    assert decoded(one, two) == 6
    assert decoded(one, two) == 0
    assert decoded(one, replace(two, roles=("is", "patches"), variant="x")) == 0
    assert decoded(one, replace(two, version=2)) == 6
    assert decoded(one, replace(two, version=2)) == 0
    assert decoded(one, two) == 0, "what was there before is still there"


def test_a_file_that_cannot_be_decoded_is_told_and_the_others_stand(
    sounds: dict[str, Path], store: FeatureStore, made_set: Known, tmp_path: Path
) -> None:
    made_set(spec("one"), spec("big", "patches", large=True))
    (tmp_path / "b.wav").write_text("no sound")
    sources = halves(sounds)
    sources = replace(sources, reference={**sources.reference, "b": tmp_path / "b.wav"})
    found = extracted(bindings("made", [hearing(), hearing("far", "patches")]), sources, store)
    assert list(found.unreadable) == ["b"]
    for name in ("one", "big"):
        column = found.columns[name, "reference"]
        assert (set(column.features), set(column.failures)) == ({"a", "c"}, {"b"})
        assert set(found.columns[name, "generated"].features) == {"a", "b", "c"}


def test_swapped_sounds_are_those_of_other_items(sounds: dict[str, Path], store: FeatureStore, made_set: Known) -> None:
    made_set(spec("one"))
    found = extracted(bindings("made", [hearing()]), halves(sounds), store)
    moved = found.swapped({"a": "b", "b": "c", "c": "nowhere"})
    before, after = (one.columns["one", "generated"].features for one in (found, moved))
    assert after["a"] is before["b"]
    assert after["b"] is before["c"]
    assert "c" not in after
    assert moved.sources.generated == {"a": sounds["clip1"], "b": sounds["clip2"]}
    assert moved.columns["one", "reference"] is found.columns["one", "reference"]
    np.testing.assert_array_equal(
        moved.sound(samples("generated"), ["a"])[0], found.sound(samples("generated"), ["b"])[0]
    )


def test_a_metric_is_bound_once_more_for_every_further_encoder(made_set: Known) -> None:
    made_set(
        spec("first", "tagger", "is"),
        spec("second", "tagger", variant="other"),
        spec("third", "tagger"),
        spec("p", "p"),
    )
    two = metric("two", encoded("tagger", "embedding", "generated"), encoded("is", "logits", "generated"))
    bound = bindings("made", [hearing("kl"), two, hearing("gone", "nobody")])
    assert [(one.metric.key, one.base, {role: s.name for role, s in one.encoders.items()}) for one in bound] == [
        ("kl", "kl", {"tagger": "first"}),
        ("kl@other", "kl", {"tagger": "second"}),
        ("kl@third", "kl", {"tagger": "third"}),
        ("two", "two", {"tagger": "first", "is": "first"}),
        ("two@other", "two", {"tagger": "second", "is": "first"}),
        ("two@third", "two", {"tagger": "third", "is": "first"}),
        ("gone", "gone", {}),
    ]
    assert list(bound[-1].uses()) == []


@pytest.mark.parametrize("encoder_set", ["foleyworld", "pretrained"])
def test_every_metric_has_its_encoders_in_every_set(encoder_set: str) -> None:
    bound = bindings(encoder_set)
    assert [one.base for one in bound if "@" not in one.metric.key] == list(METRICS)
    played = playing(encoder_set)
    assert all(set(one.encoders) == set(one.metric.roles) & set(played) for one in bound)
    elsewhere = {"tags"} if encoder_set == "foleyworld" else {"tags", "ear"}
    assert all(set(one.metric.roles) - set(played) <= elsewhere for one in bound)
    variants = {one.metric.key for one in bound if "@" in one.metric.key}
    assert ("kl@passt" in variants) == (encoder_set == "pretrained")
