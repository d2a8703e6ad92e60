"""What has a score, what has none, and why, on small runs that lack something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.api import evaluate
from vggsound_omni.media import write_mp4, write_wav
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.runs.result import Result


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
    result = evaluate(Tone(), "t2a", suite=f"manifest:{captions_only}").result
    for key in ("pq", "ce", "cu", "pc", "ms_clap", "la_clap"):
        assert result.scores[key].status == "computed", key
    for key in ("kl", "fd", "fad", "kad", "fd_inf"):
        assert result.scores[key].status == "not_applicable"
        assert result.scores[key].reason == "the suite has no reference recordings"
    assert result.scores["is"].reason == "IS needs at least 20 clips; there are 6."
    assert result.scores["ib"].status == "not_applicable"


def test_with_no_valid_audio_nothing_is_computed_and_all_is_said(captions_only: Path) -> None:
    result = evaluate(Mute(), "t2a", suite=f"manifest:{captions_only}").result
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

    result = evaluate(Half(), "t2a", suite=f"manifest:{captions_only}").result
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
    return evaluate("oracle", "vt2a", suite=f"manifest:{clips}").result


def test_one_clip_too_short_for_ds_leaves_the_rest_standing(result: Result) -> None:
    assert result.scores["ds"].status == "not_computed"
    assert 'Item "c" has no sound of 4.8 s' in (result.scores["ds"].reason or "")
    assert "are too short; the synchroniser compares 4.8 s" in (result.scores["ds"].reason or "")
    for key in ("kl", "fd", "fad", "ib", "pq", "ms_clap"):
        assert result.scores[key].status == "computed", result.scores[key].reason


def test_foreign_sound_is_scored_with_the_bundled_encoders_and_says_so(
    clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = evaluate("shuffled", "vt2a", suite=f"manifest:{clips}").result
    assert result.encoder_set == "foleyworld"
    said = " ".join(capsys.readouterr().err.split())
    assert "Scored with the foleyworld encoders, which were not made for the sound of clips" in said
