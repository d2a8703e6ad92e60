"""Whether a run's result is what scoring it now would give, so that a finished run is not scored again.

Beside a result, ``scored.json`` holds a hash over all that the scores follow from: what was asked, the journal, size
and time of every sound, the items and their media, how it is scored, and declared versions of metrics and encoders.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.registry import playing, weights_store
from vggsound_omni.errors import UserError
from vggsound_omni.features.keys import DECODING_VERSION, STORE_VERSION
from vggsound_omni.io import compute_sha256, replacing
from vggsound_omni.metrics import METRICS
from vggsound_omni.suites.bandwidths import stored_bandwidths
from vggsound_omni.suites.suite import track_hash
from vggsound_omni.version import __version__

from .folder import RunFolder
from .plan import Plan
from .result import SCHEMA_VERSION, Result, read_result
from .score import ScoreOptions, chosen_set

_NOTE = "scored.json"


def note_scored(path: Path, plan: Plan, options: ScoreOptions) -> None:
    """Notes what a run has just been scored from.

    Args:
        path: the run folder, with its result.
        plan: the run's.
        options: how it was scored.
    """
    note = {"from": _digest(path, plan, options), "result": compute_sha256(path / "result.json")}
    with replacing(path / _NOTE) as temporary:
        temporary.write_text(json.dumps(note) + "\n", encoding="utf-8")


def standing_result(path: Path, plan: Plan, options: ScoreOptions) -> Result | None:
    """Returns a run's result if nothing that it follows from has changed since; None if it must be scored.

    Args:
        path: the run folder.
        plan: the run's, as it is now.
        options: how it would be scored.
    """
    try:
        note = json.loads((path / _NOTE).read_text(encoding="utf-8"))
        same = note == {"from": _digest(path, plan, options), "result": compute_sha256(path / "result.json")}
        return read_result(path) if same and (path / "report.html").exists() else None
    except (OSError, ValueError, UserError):  # scoring says what is wrong
        return None


def _digest(path: Path, plan: Plan, options: ScoreOptions) -> str:
    folder = RunFolder(path)
    run, records = folder.read(), folder.records()
    encoder_set = chosen_set(options, plan.suite).encoder_set
    specs = {spec.name: spec for specs in playing(encoder_set).values() for spec in specs}
    content = {
        "versions": [__version__, SCHEMA_VERSION, STORE_VERSION, DECODING_VERSION],
        "run": {key: run.get(key) for key in ("asked", "limit", "name", "card")},
        "records": {item.id: asdict(records[item.id]) for item in plan.items if item.id in records},
        "sounds": {item.id: _facts([folder.audio_path(item.id)]) for item in plan.items},
        "items": track_hash(plan.suite, plan.all_items, plan.items),
        "track": asdict(plan.track),
        "suite": [plan.suite.name, plan.suite.version],
        "bandwidths": {name: one.model_dump() for name, one in stored_bandwidths(plan.suite).items()},
        "options": asdict(options) | {"encoder_set": encoder_set},
        "judge": options.judge and compute_sha256(options.judge),
        "encoders": {name: [spec.version, _weights(spec, options.weights)] for name, spec in specs.items()},
        "metrics": {key: metric.version for key, metric in METRICS.items()},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _weights(spec: EncoderSpec, folder: Path | None) -> Any:  # noqa: ANN401 - JSON
    """Returns what shows whether an encoder's weights are others than before."""
    if spec.weights is not None:
        try:
            return _facts([weights_store().find(spec.name, folder)])
        except UserError:
            return None
    package = importlib.util.find_spec(spec.factory.partition(".")[0].partition(":")[0])
    places = package.submodule_search_locations if package else None
    return _facts(path for place in places or () for path in Path(place).rglob("*.safetensors"))


def _facts(paths: Iterable[Path]) -> list[list[Any]]:
    """Returns name, size and time of change of the files that exist."""
    found = []
    for path in sorted(paths):
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append([path.name, facts.st_size, facts.st_mtime_ns])
    return found
