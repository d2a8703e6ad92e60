"""How far our encoders are from other projects' packages, on the same sounds and the same checkpoint."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.audiobox.port import read_scales
from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.media import read_audio

from . import foreign
from .networks import load_network
from .preprocessing import prepare

PACKAGES = {
    "hear21passt": "passt",
    "panns-inference": "panns",
    "frechet-audio-distance": "panns",
    "msclap": "ms-clap",
    "laion-clap": "laion-clap",
    "audiobox-aesthetics": "audiobox",
}
"""By the name on the package index: which of our encoders it is laid beside."""
assert list(foreign.PACKAGES) == list(PACKAGES)
_LONGEST = {"ms-clap": 7.0}
"""Seconds; what is longer would be cut at random places by the package. Else 8."""


@dataclass(frozen=True)
class Difference:
    """Of one output of one sound."""

    sound: str
    output: str
    largest: float
    """The largest absolute difference of any of its numbers."""
    relative: float
    """That, over the largest absolute value of the package's output."""


def crosscheck(package: str, python: Path, checkpoint: Path, paths: Sequence[Path]) -> list[Difference]:
    """Runs a package in its own interpreter and compares what it says.

    Both networks are given the same samples: mono, at the network's rate, cut to 8 s (MS-CLAP: 7 s, repeated to 7).

    Args:
        package: one of :data:`PACKAGES`.
        python: the interpreter that has it, and torch and numpy.
        checkpoint: the published file, or one in its format.
        paths: sound or video files of different names.

    Raises:
        UserError: no such package, a file cannot be read, or the package fails.
    """
    if package not in PACKAGES:
        raise unknown_name("package", package, PACKAGES)
    name = PACKAGES[package]
    encoder = load_network(name, checkpoint, profile="av-benchmark")
    sounds: dict[str, torch.Tensor] = {}
    for path in paths:
        heard = read_audio(path, mono=False)
        samples = torch.from_numpy(heard.samples)
        cut = prepare(samples, heard.sample_rate, encoder.sample_rate, _LONGEST.get(name, 8.0), remove_dc=False)
        if name == "ms-clap":
            seven = 7 * encoder.sample_rate
            cut = cut.repeat(-(-seven // len(cut)))[:seven]
        sounds[path.stem] = cut[None]
    theirs = _theirs(package, python, checkpoint, sounds)
    found: list[Difference] = []
    for stem, samples in sounds.items():
        ours = _ours(encoder.audio(samples), checkpoint)
        for output in sorted(key.partition("/")[2] for key in theirs if key.partition("/")[0] == stem):
            apart = np.abs(ours[output].astype(np.float64) - theirs[f"{stem}/{output}"])
            scale = float(np.abs(theirs[f"{stem}/{output}"]).max())
            found.append(Difference(stem, output, float(apart.max()), float(apart.max()) / scale))
    return found


def _ours(outputs: Outputs, checkpoint: Path) -> dict[str, np.ndarray]:
    """Our outputs, and what packages give instead: probabilities, and axes before they are scaled to points."""
    arrays = {output: values[0].numpy() for output, values in outputs.items()}
    if "logits" in outputs:
        arrays["probabilities"] = outputs["logits"][0].sigmoid().numpy()
    if "pq" in outputs:
        scales = read_scales(checkpoint)
        arrays["raw_axes"] = np.array([(arrays[axis.lower()] - by.mean) / by.std for axis, by in scales.items()])
    return arrays


def _theirs(package: str, python: Path, checkpoint: Path, sounds: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory(prefix="omni-bench-") as folder:
        given, out = Path(folder) / "sounds.npz", Path(folder) / "out.npz"
        np.savez(given, allow_pickle=False, **{stem: samples.numpy() for stem, samples in sounds.items()})
        command = [str(python), "-W", "ignore", foreign.__file__, package, str(checkpoint), str(given), str(out)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise UserError(f"{python} cannot be run: {error.strerror or error}.") from error
        if done.returncode or not out.is_file():
            last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise UserError(f"{package} fails in {python}: {last}")
        with np.load(out) as file:
            return dict(file)
