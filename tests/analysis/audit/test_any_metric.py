"""A metric by a formula, one on truth, and large encoders are audited like the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.analysis.audit.audit import audit
from vggsound_omni.analysis.audit.corruptions import CORRUPTIONS
from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.pretrained.rule import manifest_of, write_rule_checkpoint
from vggsound_omni.encoders.registry import load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.features import extract as engine
from vggsound_omni.metrics import METRICS, Estimate, Metric, mean_of_clips, samples, truth
from vggsound_omni.runs.score import ScoreOptions
from vggsound_omni.suites.suite import SoundEvent

QUIET = Console(quiet=True)
GAIN = [one for one in CORRUPTIONS if one.key in ("gain", "gain_01")]


def level(sounds: Sequence[np.ndarray]) -> Estimate:
    """Returns the mean level in dB."""
    return mean_of_clips(np.array([10 * np.log10(np.mean(np.square(sound)) + 1e-12) for sound in sounds]))


def early(sounds: Sequence[np.ndarray], events: Sequence[Sequence[SoundEvent]]) -> Estimate:
    """Returns the share of the energy after the first event began."""

    def share(sound: np.ndarray, known: Sequence[SoundEvent]) -> float:
        energy = np.square(sound, dtype=np.float64)
        begin = round(16_000 * min(event.onset for event in known))
        return float(energy[begin:].sum() / energy.sum())

    return mean_of_clips(np.array(list(map(share, sounds, events))))


def metric(key: str, **fields: Any) -> Metric:
    return Metric(key=key, title=key.upper(), unit="", better="higher", per_item=True, summary="?", **fields)


LEVEL = metric("level", needs=(samples("generated"),), compute=level, yardstick="spread", expect={"gain": "worsens"})
EARLY = metric(
    "early", needs=(samples("generated"), truth("events")), compute=early, yardstick="noise", expect={"gain": "still"}
)


def test_metrics_on_samples_and_on_truth_hear_the_altered_sound() -> None:
    found = audit("foleyworld", QUIET, limit=4, corruptions=GAIN, metrics=[LEVEL, EARLY])
    assert found.encoders == {}
    gain = found.cell("gain", "level")
    clean = found.yardsticks["level"].reference
    assert [clean - value for value in gain.values] == pytest.approx([3, 6, 12, 20], abs=0.01)
    assert gain.verdict == "pass"
    assert found.cell("gain_01", "level").expected == "still", "nobody hears it, and the metric says nothing else"
    assert found.cell("gain", "early").verdict == "pass"
    assert found.yardsticks["early"].distance > 0, "noise also sounds before the first event"


def test_metrics_without_their_encoders_are_left_out_with_the_reason(tmp_path: Path) -> None:
    options = ScoreOptions(encoder_set="pretrained", weights=tmp_path)
    found = audit("foleyworld", QUIET, options=options, limit=4, corruptions=GAIN, metrics=[METRICS["kl"], LEVEL])
    assert found.metrics == ["level"]
    assert {"kl", "kl@passt"} == set(found.absent)
    assert "panns" in found.absent["kl"].lower()
    with pytest.raises(UserError, match="panns"):
        audit("foleyworld", QUIET, options=options, limit=4, corruptions=GAIN, metrics=[METRICS["kl"]])


def test_a_published_encoder_that_is_here_is_audited(tmp_path: Path) -> None:
    (tmp_path / "vggish").mkdir()
    write_rule_checkpoint("vggish", tmp_path / "vggish" / manifest_of("vggish").file)
    options = ScoreOptions(encoder_set="pretrained", weights=tmp_path)
    found = audit(
        "foleyworld", QUIET, options=options, limit=2, corruptions=GAIN[-1:], metrics=[METRICS["kl"], METRICS["fad"]]
    )
    assert list(found.encoders) == ["vggish"]
    assert {"kl", "kl@passt"} == set(found.absent)
    assert {"fad"} == {*found.metrics, *found.blind}


def test_a_large_encoder_is_loaded_once_for_all_treatments(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"limit": 4, "corruptions": GAIN, "metrics": [METRICS["kl"], METRICS["pq"], LEVEL]}
    small = audit("foleyworld", QUIET, **asked)  # type: ignore[arg-type]
    loaded: list[str] = []

    def load(spec: EncoderSpec, **how: Any) -> Any:
        loaded.append(spec.name)
        return load_encoder(spec, **how)

    def large(encoder_set: str) -> dict[str, tuple[EncoderSpec, ...]]:
        return {role: tuple(replace(one, large=True) for one in specs) for role, specs in playing(encoder_set).items()}

    monkeypatch.setattr(engine, "load_encoder", load)
    monkeypatch.setattr(engine, "playing", large)
    found = audit("foleyworld", QUIET, **asked)  # type: ignore[arg-type]
    assert sorted(loaded) == ["foleyworld-aesthetics", "foleyworld-tagger"]
    assert [cell.values for cell in found.cells] == [pytest.approx(cell.values, abs=1e-5) for cell in small.cells]
