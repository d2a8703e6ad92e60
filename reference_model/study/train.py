"""Trains the models of a study, each from where it stopped."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from rich.console import Console
from safetensors.torch import load_file, save_file
from torch import Tensor

from reference_model import release
from reference_model.components import Components
from reference_model.training.batches import Batches
from reference_model.training.checkpoints import begun_with
from reference_model.training.config import StageConfig
from reference_model.training.loop import Report, Training
from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

from .arms import Arm, first_stage
from .presets import Preset

_LINE_SECONDS = 10.0
_AVERAGE = 1  # the wider of the two averages, over the last tenth of the training


@dataclass
class Study:
    """A study in its folder: examples in ``data``, stages in ``training``, finished models in ``models``.

    Args:
        work: the folder.
        preset: its size.
        encoders: folder of the autoencoder and the encoders, which ``components`` were loaded from.
        components: the autoencoder and the encoders.
        console: where progress is shown.
    """

    work: Path
    preset: Preset
    encoders: Path
    components: Components
    console: Console
    _seconds: list[float] = field(default_factory=list)  # of the steps that this process took

    def model(self, arm: Arm, seed: int) -> Path:
        """Returns the file of a finished model."""
        return self.work / "models" / f"{arm.name}-seed{seed}.safetensors"

    def train(self, arm: Arm, seed: int) -> None:
        """Trains a model to its end, unless it is finished."""
        if self.model(arm, seed).exists():
            return
        stages = arm.configs(self.preset, seed)
        folder = self.work / "training" / f"seed{seed}"
        weights = self._stage(first_stage(self.preset, seed), folder, None) if arm.first else None
        for config in stages:
            weights = self._stage(config, folder, weights)
        told = [first_stage(self.preset, seed), *stages] if arm.first else stages
        card = {
            "version": f"{self.preset.name}-seed{seed}",
            "components": self.components.digest,
            "data": "FoleyWorld train",
            "stages": [f"{one.name}: {one.steps} steps of {one.batch}" for one in told],
            "crop": self.preset.crop,
            "study": f"{arm.name}, seed {seed}",
        }
        assert weights is not None
        release.write(self.model(arm, seed), weights, stages[-1].dit, card)

    def _stage(self, config: StageConfig, folder: Path, start: Mapping[str, Tensor] | None) -> dict[str, Tensor]:
        """Returns the averaged weights of a stage, trained now if they are not there."""
        place = folder / config.name
        _check(place, config, self.components.digest)
        done = place / "weights.safetensors"
        if done.exists():
            return load_file(done)
        training = Training(config, place / "checkpoints", start=start)
        training.resume()
        training.run(Batches.open(config, self.work / "data"), self._report(config))
        weights = {name: tensor.contiguous() for name, tensor in training.average(_AVERAGE).items()}
        with replacing(done) as path:
            save_file(weights, path)
        shutil.rmtree(place / "checkpoints", ignore_errors=True)
        return weights

    def _report(self, config: StageConfig) -> Callable[[Report], None]:
        shown = time.monotonic()

        def report(done: Report) -> None:
            nonlocal shown
            self._seconds.append(done.seconds)
            if time.monotonic() - shown >= _LINE_SECONDS or done.step == config.steps:
                shown = time.monotonic()
                left = (config.steps - done.step) * fmean(self._seconds)
                self.console.print(
                    f"seed {config.seed}, {config.name}: step {done.step} of {config.steps}, {done.task} loss "
                    f"{done.loss:.3f}, {left / 60:.0f} min left of this stage",
                    highlight=False,
                    soft_wrap=True,
                )

        return report


def _check(place: Path, config: StageConfig, components: str) -> None:
    """Notes how a stage is trained, or checks that it is the same as before.

    Raises:
        UserError: the stage was begun with other settings or other encoders.
    """
    own = {"config": json.loads(config.model_dump_json()), "components": components}
    if not begun_with(json.dumps(own, indent=1), place / "config.json"):
        raise UserError(f"{place} was trained with other settings or encoders; choose another --work, or remove it.")
