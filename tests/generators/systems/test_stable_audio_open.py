"""The program for Stable Audio Open answers through diffusers' own pipeline, of small random weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.media import read_audio

pytest.importorskip("torchsde")

WITHOUT_TORCHAUDIO = """
# An environment as its recipe makes it, which has no torchaudio.
import importlib.util
_find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.partition(".")[0] == "torchaudio" else _find(name, *more)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("environment")
    (folder / "sitecustomize.py").write_text(WITHOUT_TORCHAUDIO)
    return os.environ | {"PYTHONPATH": str(folder), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    folder: Path = tmp_path_factory.mktemp("tiny") / "pipeline"
    made = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("tiny_stable_audio.py")), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.crosscheck
def test_it_answers_by_the_text_the_seed_and_the_length(
    tmp_path: Path, weights: Path, environment: dict[str, str]
) -> None:
    from vggsound_omni.generators.adapters.new import new_adapter

    path, model = new_adapter("stable", "stable-audio-open", tmp_path)
    assert model == f'"cmd:python {path}"'
    asked: list[tuple[str | None, float, int]] = [
        ("A dog barks", 2.0, 1),
        ("A dog barks", 2.0, 1),
        ("A dog barks", 2.0, 2),
        ("Rain falls", 1.6, 1),
    ]
    asked += [(None, 2.0, 1), ("Rain falls", 60.0, 1)]
    lines = [
        {"id": f"r{n}", "task": "t2a", "text": text, "video": None, "duration": seconds, "seed": seed}
        | {"output": str(tmp_path / f"r{n}.wav")}
        for n, (text, seconds, seed) in enumerate(asked)
    ]
    done = subprocess.run(
        [sys.executable, str(path), "--weights", str(weights), "--device", "cpu", "--steps", "3"],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [line["id"] for line in lines]
    assert "it takes text" in answers[4]["error"]
    assert "at most 10.00 s" in answers[5]["error"]
    sounds = [read_audio(Path(answer["audio"]), mono=False) for answer in answers[:4]]
    assert [(sound.samples.shape, sound.sample_rate) for sound in sounds] == [((2, 16_000), 8_000)] * 3 + [
        ((2, 12_800), 8_000)
    ]
    first, again, other, _ = (sound.samples for sound in sounds)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
