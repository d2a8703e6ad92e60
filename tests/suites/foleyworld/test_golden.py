"""The world of this version, frozen: a scene that comes out differently is another world and needs another version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vggsound_omni.suites.foleyworld import WORLD_VERSION, render_audio, render_frames, scene

GOLDEN = Path(__file__).parents[2] / "golden" / f"foleyworld-{WORLD_VERSION}.json"
SCENES = [
    ("test", "main", 0),
    ("test", "main", 200),
    ("test", "natural", 0),
    ("test", "bgm", 63),
    ("train", "main", 9999),
]


def measure(split: str, stratum: str, index: int) -> dict[str, Any]:
    """A scene in few numbers: words, level by second, and mean colour by second."""
    drawn = scene(split, stratum, index)
    seconds = render_audio(drawn).astype(np.float64).reshape(8, -1)
    frames = np.stack(list(render_frames(drawn, 80, fps=1))).astype(np.float64)
    return {
        "id": drawn.id,
        "caption": drawn.captions.dense,
        "paraphrase": drawn.captions.paraphrase,
        "events": [[event["class"], event["onset"], event["end"]] for event in drawn.truth()["events"]],
        "rms": [float(x) for x in np.sqrt(np.mean(seconds**2, axis=1))],
        "colour": [[float(x) for x in frame] for frame in frames.mean(axis=(1, 2))],
    }


@pytest.mark.parametrize("key", SCENES, ids=lambda key: "-".join(map(str, key)))
def test_scenes_are_those_of_this_version(key: tuple[str, str, int]) -> None:
    frozen = {entry["id"]: entry for entry in json.loads(GOLDEN.read_text())}
    found = measure(*key)
    expected = frozen[found["id"]]
    for field in ("caption", "paraphrase", "events"):
        assert found[field] == expected[field]
    # Mathematical functions differ in the last bit between processors; 16-bit rounding makes that 1e-5 at most.
    assert found["rms"] == pytest.approx(expected["rms"], rel=1e-3, abs=1e-6)
    assert np.array(found["colour"]) == pytest.approx(np.array(expected["colour"]), abs=0.05)
