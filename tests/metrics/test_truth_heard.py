"""Truth metrics through the real ear: recordings score well, their damages worse, and noise and silence worst."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vggsound_omni.encoders.registry import ENCODERS, load_encoder
from vggsound_omni.metrics import METRICS, Tags
from vggsound_omni.metrics.metric import Encoded
from vggsound_omni.suites import Truth
from vggsound_omni.suites.foleyworld import render_audio, scene
from vggsound_omni.suites.foleyworld.suite import _truth

Sounds = NDArray[np.float32]
SCENES = [*(("validation", "main", k) for k in range(12)), *(("validation", "conflict", k) for k in range(4))]
KEYS = ("event_f1", "av_f1", "onset_f1", "hits", "timing", "count", "order", "leak", "level")
LATE = 2_400
"""Samples, 0.15 s."""


@pytest.fixture(scope="module")
def clips() -> tuple[Sounds, list[Truth]]:
    scenes = [scene(*key) for key in SCENES]
    return np.stack([np.asarray(render_audio(one), np.float32) for one in scenes]), [_truth(one) for one in scenes]


@pytest.fixture(scope="module")
def scored(clips: tuple[Sounds, list[Truth]]) -> Callable[[Sounds], dict[str, float]]:
    ear = load_encoder(ENCODERS["foleyworld-ear"])

    def values(sounds: Sounds) -> dict[str, float]:
        heard = {name: output.numpy() for name, output in ear.audio(torch.from_numpy(sounds)).items()}
        columns = {"onsets": heard["onsets"], "events": Tags(heard["events"], ear.classes)}  # type: ignore[attr-defined]
        needs = {key: METRICS[key].needs[0] for key in KEYS}
        outputs = {key: need.output for key, need in needs.items() if isinstance(need, Encoded)}
        return {key: METRICS[key].compute(columns[outputs[key]], clips[1]).value for key in KEYS}

    return values


def test_recordings_score_well_and_all_else_worse(
    clips: tuple[Sounds, list[Truth]], scored: Callable[[Sounds], dict[str, float]]
) -> None:
    sounds = clips[0]
    best = scored(sounds)
    assert min(best[key] for key in ("event_f1", "av_f1", "onset_f1", "hits")) > 0.75
    assert best["timing"] < 30
    assert best["leak"] < 0.3
    noise = np.random.default_rng(0).normal(0, 0.1, sounds.shape).astype(np.float32)
    for other in (noise, np.zeros_like(sounds), np.roll(sounds, 1, axis=0)):
        for key, value in scored(other).items():
            assert (value < best[key]) if METRICS[key].better == "higher" else (value > best[key]), key
    late = scored(np.pad(sounds, ((0, 0), (LATE, 0)))[:, : sounds.shape[1]].astype(np.float32))
    assert late["hits"] < best["hits"] / 2
    assert late["timing"] == pytest.approx(150, abs=40)
    assert late["event_f1"] == pytest.approx(best["event_f1"], abs=0.1)
    soft = scored((sounds / 2).astype(np.float32))
    for key, value in soft.items():
        low, high = METRICS[key].bounds
        assert low is not None
        assert high is not None
        assert value == pytest.approx(best[key], abs=0.03 * (high - low)), key
