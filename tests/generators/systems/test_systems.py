"""The programs for public systems answer through the systems' own code, of small random weights.

Others' packages are not among ours: PYTHONPATH names where TangoFlux and moss_soundeffect_v2 are, or they are skipped.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vggsound_omni.generators.adapters.new import SYSTEMS, new_adapter
from vggsound_omni.media import read_audio

from .test_stable_audio_open import WITHOUT_TORCHAUDIO

DOCS = Path(__file__).parents[3] / "docs" / "systems.md"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_copied_program_stands_alone_and_its_recipe_is_written(tmp_path: Path, system: str) -> None:
    path, _ = new_adapter("mine", system, tmp_path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [node for node in imports if node.level or (node.module or "").startswith("vggsound_omni")]
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"options", "load", "generate", "serve", "write"} <= defined
    recipe = DOCS.read_text(encoding="utf-8").partition(f"--kind {system}\n")[2].partition("\n## ")[0]
    for row in ("takes", "environment", "weights", "licence", "sound", "candidates", "tried"):
        assert f"\n| {row} | " in recipe, row


def asked(folder: Path, *requests: tuple[str | None, float, int]) -> list[dict[str, Any]]:
    return [
        {"id": f"r{n}", "task": "t2a", "text": text, "video": None, "duration": seconds, "seed": seed}
        | {"output": str(folder / f"r{n}.wav")}
        for n, (text, seconds, seed) in enumerate(requests)
    ]


def environment(folder: Path) -> dict[str, str]:
    """That of this process, without a torchaudio, which may be of another torch; to import it is all that they need."""
    (folder / "environment" / "torchaudio").mkdir(parents=True, exist_ok=True)
    (folder / "environment" / "torchaudio" / "__init__.py").touch()
    (folder / "environment" / "sitecustomize.py").write_text(WITHOUT_TORCHAUDIO)
    path = os.pathsep.join([str(folder / "environment"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TORCHDYNAMO_DISABLE": "1"}


def answers(program: Path, requests: list[dict[str, Any]], *options: str) -> list[dict[str, str]]:
    done = subprocess.run(
        [sys.executable, str(program), "--device", "cpu", "--steps", "2", *options],
        input="".join(json.dumps(line) + "\n" for line in requests),
        capture_output=True,
        text=True,
        check=False,
        env=environment(program.parent),
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.crosscheck
@pytest.mark.parametrize(
    ("system", "package", "rate", "channels"),
    [
        ("audioldm-2", "diffusers", 16_000, 1),
        ("tangoflux", "tangoflux", 44_100, 2),
        ("moss-soundeffect", "moss_soundeffect_v2", 8_000, 1),
    ],
)
def test_a_program_answers_by_the_text_the_seed_and_the_length(
    tmp_path: Path, system: str, package: str, rate: int, channels: int
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not on PYTHONPATH")
    weights = tmp_path / "weights"
    builder = Path(__file__).with_name(f"tiny_{system.replace('-', '_')}.py")
    subprocess.run([sys.executable, str(builder), str(weights)], check=True, env=environment(tmp_path))
    path, _ = new_adapter(package, system, tmp_path)  # of the package's name, which it must not hide
    requests = asked(
        tmp_path, ("a dog barks", 1.5, 1), ("a dog barks", 1.5, 1), ("a dog barks", 1.5, 2), (None, 1.5, 1)
    )
    first, again, other, none = answers(path, requests, "--weights", str(weights))
    assert "it takes text" in none["error"]
    for answer in (first, again, other):
        assert "audio" in answer, answer
    sounds = [read_audio(Path(answer["audio"]), mono=False) for answer in (first, again, other)]
    assert {(sound.samples.shape, sound.sample_rate) for sound in sounds} == {((channels, round(1.5 * rate)), rate)}
    assert np.array_equal(sounds[0].samples, sounds[1].samples)
    assert not np.array_equal(sounds[0].samples, sounds[2].samples)
