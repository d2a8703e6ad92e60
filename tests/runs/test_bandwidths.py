"""KAD's bandwidths: stored with a suite, read by every run on it, and those of the bundled encoders up to date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.encoders.registry import load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.media import write_wav
from vggsound_omni.metrics import METRICS, kad
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.bandwidths import measured
from vggsound_omni.runs.measure import measure
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.bandwidths import Bandwidth, store_bandwidths, stored_bandwidths

from .made import TRACK, bind, extracted, items, spec

IDS = [f"i{k:02}" for k in range(30)]
TAGGER = spec("ears", "tagger")


@pytest.mark.parametrize(("checkpoint", "used"), [("0", True), ("1", False)])
def test_a_run_takes_the_bandwidth_that_the_suite_stores_for_this_checkpoint(checkpoint: str, used: bool) -> None:
    """The same for every stratum; without one, or with one of other weights, the references of the run make it."""
    x, y = np.random.default_rng(0).standard_normal((2, 30, 3)).astype(np.float32)
    columns: Any = {
        ("ears", side): dict(zip(IDS, map(list, rows), strict=True))
        for side, rows in (("reference", x), ("generated", y))
    }
    stored = {"ears": Bandwidth(checkpoint_sha256=checkpoint * 64, clips=99, bandwidth=1.25)}
    found = extracted(columns, bandwidths=stored)
    bound = bind(METRICS["kad"], tagger=TAGGER)
    for ids in (IDS, IDS[:22]):
        score = measure([bound], TRACK, items(IDS), ids, found).scores["kad"]
        expected = kad.evaluate(x[: len(ids)], y[: len(ids)], 1.25 if used else None)
        assert (score.value, score.estimate, score.interval) == (expected.value, expected.estimate, expected.interval)
        assert score.facts["bandwidth"] == expected.facts["bandwidth"]
        assert (score.facts["bandwidth"] == 1.25) == used
        assert score.metric_id == "kad-2-ears"


def manifest(folder: Path, clips: int) -> str:
    rng = np.random.default_rng(1)
    lines = ["id,audio,caption"]
    for k in range(clips):
        samples = (0.1 * rng.standard_normal((1, 8000)) * np.sin(np.arange(8000) / (5 + 9 * k))).astype(np.float32)
        write_wav(folder / f"{k}.wav", Audio(samples=samples, sample_rate=16_000), "FLOAT")
        lines.append(f"c{k},{k}.wav,a sound")
    (folder / "clips.csv").write_text("\n".join(lines) + "\n")
    return f"manifest:{folder / 'clips.csv'}"


def test_bandwidths_are_measured_and_stored_beside_a_manifest(tmp_path: Path) -> None:
    suite = open_suite(manifest(tmp_path, 5))
    assert stored_bandwidths(suite) == {}
    found = measured(suite, "foleyworld", Console(quiet=True))
    assert found["foleyworld-tagger"].clips == 5
    assert found["foleyworld-tagger"].bandwidth > 0
    other = Bandwidth(checkpoint_sha256="0" * 64, clips=2, bandwidth=3.0)
    store_bandwidths(suite, {"other": other})
    path = store_bandwidths(suite, found)
    assert path == tmp_path / "clips.bandwidths.json"
    assert stored_bandwidths(suite) == {"other": other, **found}


@pytest.mark.parametrize(
    "content", ["{", "[1]", '{"e": {"checkpoint_sha256": "0", "clips": 2, "bandwidth": 0}}', '{"e": {"bandwidth": 1}}']
)
def test_a_file_that_holds_no_bandwidths_is_told(content: str, tmp_path: Path) -> None:
    suite = open_suite(manifest(tmp_path, 2))
    (tmp_path / "clips.bandwidths.json").write_text(content)
    with pytest.raises(
        UserError, match=r"clips\.bandwidths\.json holds no bandwidths: .*vggsound_omni\.runs\.bandwidths"
    ):
        stored_bandwidths(suite)


def test_the_bundled_bandwidths_are_those_of_the_bundled_encoders() -> None:
    """If this fails, encoders were trained again: python -m vggsound_omni.runs.bandwidths foleyworld."""
    stored = stored_bandwidths(open_suite("foleyworld"))
    for each in playing("foleyworld")["tagger"]:
        if each.weights is None:
            assert stored[each.name].checkpoint_sha256 == load_encoder(each).card.checkpoint_sha256
            assert stored[each.name].clips >= 384


def test_what_is_shipped_is_short_and_says_of_how_many_clips() -> None:
    path = open_suite("foleyworld").bandwidths  # type: ignore[attr-defined]
    assert set(next(iter(json.loads(path.read_text()).values()))) == {"checkpoint_sha256", "clips", "bandwidth"}
