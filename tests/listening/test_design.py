"""A study of runs: what listeners are given tells nothing of the systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vggsound_omni.data.loudness import loudness, true_peak
from vggsound_omni.errors import UserError
from vggsound_omni.listening.design import DesignOptions, design, read_consent
from vggsound_omni.listening.sounds import match
from vggsound_omni.listening.study import GOOD, SPOILT, Study, read_study
from vggsound_omni.media import probe, read_audio

Runs = Callable[..., list[Path]]
SMALL = DesignOptions(items=14, listeners=6, trials=10, repeats=2, gold=3)
TINY = DesignOptions(items=5, listeners=2, trials=5, repeats=1, gold=1)
NAMES = ("alpha-model", "beta-model", "gamma-model")


@pytest.fixture(scope="module")
def made(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    out = tmp_path_factory.mktemp("study")
    return design(runs(*NAMES), out, SMALL, lambda done, total: None), out


def test_what_is_written_is_what_is_read(made: tuple[Study, Path]) -> None:
    study, out = made
    assert read_study(out) == study
    assert study.systems == NAMES


def test_all_sounds_of_an_item_are_equally_loud_long_and_large(made: tuple[Study, Path]) -> None:
    study, out = made
    for clip in study.clips.values():
        files = [out / "public" / "media" / name for name in clip.sounds.values()]
        assert len({file.stat().st_size for file in files}) == 1
        sounds = [read_audio(file, mono=False) for file in files]
        assert {(sound.samples.shape, sound.sample_rate) for sound in sounds} == {(sounds[0].samples.shape, 48_000)}
        assert clip.lufs is not None
        for sound in sounds:
            assert loudness(sound.samples.astype(np.float64), 48_000) == pytest.approx(clip.lufs, abs=0.1)


def test_names_sizes_and_times_of_files_say_nothing(made: tuple[Study, Path]) -> None:
    study, out = made
    files = list((out / "public").rglob("*.*"))
    assert len({file.stat().st_mtime for file in files}) == 1
    for file in files:
        content = file.read_bytes()
        for secret in (*study.systems, *study.clips, GOOD, SPOILT):
            assert secret not in file.name
            assert secret.encode() not in content
    first = {name: [clip.sounds[name] for clip in study.clips.values() if name in clip.sounds] for name in NAMES}
    ordered = [sorted([(first[name][k], name) for name in NAMES])[0][1] for k in range(SMALL.items)]
    assert len(set(ordered)) > 1, "by name, files are in no order of systems"


def test_pictures_have_no_sound(made: tuple[Study, Path]) -> None:
    study, out = made
    for clip in study.clips.values():
        assert clip.picture is not None
        info = probe(out / "public" / "media" / clip.picture)
        assert info.video is not None
        assert info.audio is None


def test_every_listener_has_gold_practice_and_repeats_with_sides_exchanged(made: tuple[Study, Path]) -> None:
    study, _ = made
    for session in study.sessions:
        assert Counter(trial.kind for trial in session.trials) == {"practice": 1, "gold": 3, "main": 10, "repeat": 2}
        assert session.trials[0].kind == "practice"
        place = {trial.id: index for index, trial in enumerate(session.trials)}
        by_id = {trial.id: trial for trial in session.trials}
        for trial in session.trials:
            if trial.kind == "repeat":
                assert trial.repeats is not None
                first = by_id[trial.repeats]
                assert (trial.left, trial.right, trial.item) == (first.right, first.left, first.item)
                assert place[trial.id] - place[first.id] >= 3
        assert len({trial.item for trial in session.trials if trial.kind in ("gold", "main")}) == 13


def test_no_button_is_right_in_every_gold_trial(made: tuple[Study, Path]) -> None:
    study, _ = made
    for session in study.sessions:
        assert {trial.left for trial in session.trials if trial.kind == "gold"} == {GOOD, SPOILT}


def test_single_sounds_have_gold_and_practice_of_both_kinds(runs: Runs, tmp_path: Path) -> None:
    options = DesignOptions(kind="mos", items=6, listeners=3, trials=6, repeats=2, gold=2)
    study = design(runs(*NAMES), tmp_path / "mos", options, lambda done, total: None)
    assert read_study(tmp_path / "mos") == study
    for session in study.sessions:
        kinds = Counter(trial.kind for trial in session.trials)
        assert kinds == {"practice": 2, "gold": 4, "main": 6, "repeat": 2}
        assert {trial.right for trial in session.trials} == {None}
        gold = Counter((trial.item, trial.left) for trial in session.trials if trial.kind == "gold")
        assert len(gold) == 4
        by_id = {trial.id: trial for trial in session.trials}
        for trial in session.trials:
            if trial.repeats is not None:
                assert (trial.left, trial.item) == (by_id[trial.repeats].left, by_id[trial.repeats].item)
    assert [question.words for question in study.questions][-1] == "How good is it, all in all?"


def test_what_listeners_agree_to_is_read_and_bounded(tmp_path: Path) -> None:
    (tmp_path / "consent.txt").write_text("You agree.\x07\n\nTo all.", encoding="utf-8")
    assert read_consent(tmp_path / "consent.txt") == "You agree. \n\nTo all."
    (tmp_path / "consent.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="no text in UTF-8"):
        read_consent(tmp_path / "consent.txt")
    cases: list[dict[str, Any]] = [{"consent": " "}, {"consent": "x" * 10_001}, {"title": ""}, {"title": "a\u202eb"}]
    for wrong in cases:
        with pytest.raises(UserError, match="characters"):
            DesignOptions(**wrong)


def test_the_same_seed_designs_the_same_trials_under_other_names(runs: Runs, tmp_path: Path) -> None:
    folders = runs(*NAMES)
    one, other = (design(folders, tmp_path / name, TINY, lambda done, total: None) for name in "ab")

    def trials(study: Study) -> list[tuple[str | None, ...]]:
        return [(t.kind, t.item, t.left, t.right) for session in study.sessions for t in session.trials]

    assert trials(one) == trials(other)
    assert not {file for clip in one.clips.values() for file in clip.sounds.values()} & {
        file for clip in other.clips.values() for file in clip.sounds.values()
    }
    assert one.id != other.id


def test_what_is_asked_follows_from_the_track(runs: Runs, tmp_path: Path) -> None:
    def keys(track: str) -> list[str]:
        study = design(runs("a", "b", track=track), tmp_path / track, TINY, lambda done, total: None)
        shown = next(iter(study.clips.values()))
        assert (shown.caption is None) == (track == "v2a")
        assert (shown.picture is None) == (track == "t2a")
        return [question.key for question in study.questions]

    assert keys("vt2a") == ["quality", "fit", "timing", "overall"]
    assert keys("v2a") == ["quality", "fit", "timing", "overall"]
    assert keys("t2a") == ["quality", "fit", "overall"]
    assert keys("offscreen") == ["quality", "fit", "overall"]


def test_what_does_not_belong_together_is_one_sentence(runs: Runs, tmp_path: Path) -> None:
    def refused(folders: list[Path], said: str, options: DesignOptions = SMALL, out: str = "new") -> None:
        with pytest.raises(UserError, match=said):
            design(folders, tmp_path / out, options, lambda done, total: None)

    a, b = runs("a", "b")
    refused([a], "takes two runs or more")
    refused([a, a, a], "a second system is called a .seed 0.; name them apart with --name")
    refused([a, *runs("c", track="t2a")], "are of different tracks: vt2a and t2a")
    refused([a, b], "lower --items, or run more", DesignOptions(items=30, trials=10))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    refused([a, b], "is not empty; choose another --out", out="full")
    with pytest.raises(UserError, match="--repeats is 6"):
        DesignOptions(trials=10, repeats=6)


def test_a_damaged_design_is_one_sentence(made: tuple[Study, Path], tmp_path: Path) -> None:
    text = (made[1] / "design.json").read_text()
    later = text.replace('"version": 1', '"version": 2', 1)
    for content, said in (("{", "is damaged"), ("[]", "is damaged"), (later, "later version"), ("{}", "is damaged")):
        (tmp_path / "design.json").write_text(content)
        with pytest.raises(UserError, match=said):
            read_study(tmp_path)
    with pytest.raises(UserError, match="holds no study"):
        read_study(tmp_path / "nowhere")


def test_the_id_changes_with_the_rules_of_screening(made: tuple[Study, Path]) -> None:
    study, _ = made
    softer = study.model_copy(update={"screening": study.screening.model_copy(update={"gold": 0})})
    assert softer.id != study.id


def test_a_silent_sound_stays_silent_beside_loud_ones() -> None:
    rng = np.random.default_rng(0)
    sounds = {"loud": rng.normal(0, 0.2, (1, 96_000)), "none": np.zeros((2, 96_000))}
    matched, lufs = match(sounds)
    assert lufs == pytest.approx(-23.0)
    assert not matched["none"].any()
    assert matched["loud"].shape == (2, 96_000)
    assert loudness(matched["loud"], 48_000) == pytest.approx(-23.0, abs=0.01)


def test_a_sound_of_clicks_lowers_its_item_rather_than_clip() -> None:
    clicks = np.zeros((1, 96_000))
    clicks[0, ::9_600] = 0.9
    matched, lufs = match({"clicks": clicks, "noise": np.random.default_rng(0).normal(0, 0.2, (1, 96_000))})
    assert lufs is not None
    assert lufs < -23
    assert true_peak(matched["clicks"]) == pytest.approx(10 ** (-1 / 20), rel=1e-3)
    assert loudness(matched["noise"], 48_000) == pytest.approx(lufs, abs=0.01)
