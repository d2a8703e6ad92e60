"""How far our encoders are from other projects' packages, on the same sounds and the same checkpoint."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vggsound_omni.encoders.encoder import AudioInput, Outputs
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.encoders.pretrained.audiobox.port import read_scales
from vggsound_omni.encoders.registry import ENCODERS, build_encoder
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio
from vggsound_omni.wording import shorten

from . import foreign
from .packages import Package


@dataclass(frozen=True)
class Difference:
    """How far one output of one sound is from the package's."""

    sound: str
    output: str
    largest: float  # the largest absolute difference of any of its numbers
    relative: float  # that, over the largest absolute value of the package's output


def crosscheck(package: Package, python: Path, checkpoint: Path, paths: Sequence[Path]) -> list[Difference]:
    """Runs a package in its own interpreter and compares its outputs with ours.

    Both networks are given the same samples: mono, at the network's rate, cut to 8 s (MS-CLAP: 7 s).

    Args:
        package: which.
        python: the interpreter that has it, and torch and numpy.
        checkpoint: the published file, or one in its format.
        paths: sound or video files of different names.

    Raises:
        UserError: a file cannot be read, or the package fails.
    """
    spec = replace(ENCODERS[package.encoder], arguments=package.arguments)
    encoder = build_encoder(spec, checkpoint, kit=package.kit)
    wanted = AudioInput(sample_rate=encoder.audio_input.sample_rate, seconds=package.seconds)
    sounds: dict[str, torch.Tensor] = {}
    for path in paths:
        heard = read_audio(path, mono=False)
        sounds[path.stem] = prepare(torch.from_numpy(heard.samples), heard.sample_rate, wanted)[None]
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
    if "logits" in outputs and "probabilities" not in outputs:
        arrays["probabilities"] = outputs["logits"][0].sigmoid().numpy()
    if "pq" in outputs:
        scales = read_scales(checkpoint)
        arrays["raw_axes"] = np.array([(arrays[axis.lower()] - by.mean) / by.std for axis, by in scales.items()])
    return arrays


def _theirs(
    package: Package, python: Path, checkpoint: Path, sounds: Mapping[str, torch.Tensor]
) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory(prefix="omni-bench-") as folder:
        given, out = Path(folder) / "sounds.npz", Path(folder) / "out.npz"
        np.savez(given, allow_pickle=False, **{stem: samples.numpy() for stem, samples in sounds.items()})
        command = [str(python), "-W", "ignore", foreign.__file__, package.loader, str(checkpoint), str(given), str(out)]
        # Packages that keep files in the home folder keep them here.
        home = {"HOME": folder, "USERPROFILE": folder, "HF_HUB_OFFLINE": "1", "MPLCONFIGDIR": folder}
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | home)
        except OSError as error:
            raise UserError(f"{python} cannot be run: {error.strerror or error}.") from error
        if done.returncode or not out.is_file():
            lines = done.stderr.strip().splitlines() or ["it says nothing"]
            named = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Exit)\b", line)] or lines
            raise UserError(f"{package.name} fails in {python}: {shorten(named[-1].rstrip('.:'), 300)}.")
        with np.load(out) as file:
            return dict(file)
