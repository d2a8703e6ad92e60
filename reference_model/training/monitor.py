"""Writes the progress of a stage: numbers, sounds and spectrograms for TensorBoard, and snapshots of averages."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save_file

from reference_model.components import Components
from reference_model.diffusion import guided, sample_dpm
from reference_model.rates import SAMPLE_RATE
from vggsound_omni.io import replacing

from .batches import Batches
from .loop import Report, Training

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAMPLED = 4  # sounds that are generated at each validation
SAMPLING_STEPS = 25


class Monitor:
    """Writes the progress of one stage; used by the first process only.

    Args:
        folder: folder of TensorBoard's files and of snapshots.
        components: decodes sounds; if None, no sounds are generated.
    """

    def __init__(self, folder: Path, components: Components | None) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._folder, self._components = folder, components
        self._writer: Any = SummaryWriter(str(folder / "tensorboard"))
        self._recent: deque[float] = deque(maxlen=100)

    def step(self, report: Report) -> str:
        """Records a step, and returns a line for the log."""
        self._recent.append(report.loss)
        add = self._writer.add_scalar
        add(f"loss/{report.task}", report.loss, report.step)
        add("gradient norm", report.norm, report.step)
        add("learning rate", report.rate, report.step)
        add("seconds a step", report.seconds, report.step)
        for tenth, loss in report.bins.items():
            add(f"loss by time/{tenth / 10:.1f}", loss, report.step)
        mean = sum(self._recent) / len(self._recent)
        return f"{report.step:7d}  {report.task:4s} loss {report.loss:.4f}  mean {mean:.4f}  {report.seconds:.2f} s"

    def validation(self, training: Training, batches: Batches) -> float:
        """Returns the validation loss, and writes sounds for the same examples and noise each time."""
        loss = training.validate(batches)
        self._writer.add_scalar("loss/validation", loss, training.step)
        if self._components is not None:
            self._sounds(training, batches)
        return loss

    @torch.inference_mode()
    def _sounds(self, training: Training, batches: Batches) -> None:
        assert self._components is not None
        step = batches.step(0)
        conditions = batches.plain.batch(range(SAMPLED), [0] * SAMPLED).conditions
        training.network.eval()
        velocity = guided(training.network, conditions.to(training.device))
        found = sample_dpm(velocity, step.noise[:SAMPLED].to(training.device), SAMPLING_STEPS)
        training.network.train()
        for number, sound in enumerate(self._components.autoencoder.decode(found.cpu().float()).clamp(-1, 1)):
            self._writer.add_audio(f"sound {number}", sound[None], training.step, SAMPLE_RATE)
            self._writer.add_figure(f"spectrogram {number}", spectrogram(sound.numpy()), training.step)

    def scores(self, track: str, values: Mapping[str, float | None], step: int) -> None:
        """Records the benchmark's scores on a track."""
        for key, value in values.items():
            if value is not None:
                self._writer.add_scalar(f"{track}/{key}", value, step)

    def has_snapshot(self, step: int) -> bool:
        """Returns whether the averages of this step are saved."""
        return all(self._average(step, index).exists() for index in (0, 1))

    def _average(self, step: int, index: int) -> Path:
        return self._folder / "averages" / f"{step:08d}-{index}.safetensors"

    def snapshot(self, training: Training) -> None:
        """Saves the running averages of this step in float16, from which any width can be made later."""
        for index, gamma in enumerate(training.averages.exponents):
            weights = {name: tensor.half().contiguous() for name, tensor in training.average(index).items()}
            with replacing(self._average(training.step, index)) as path:
                save_file(weights, path, {"step": str(training.step), "exponent": repr(gamma)})


def spectrogram(sound: np.ndarray) -> Figure:
    """Draws the spectrogram of mono sound at 16 kHz, in dB over seconds and Hz."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 2.5), layout="constrained")
    axes = figure.subplots()
    _, _, _, image = axes.specgram(
        sound + 1e-9, NFFT=512, Fs=SAMPLE_RATE, noverlap=384, vmin=-120, vmax=-30, cmap="magma"
    )
    axes.set(xlabel="time (s)", ylabel="frequency (Hz)")
    figure.colorbar(image, label="dB")
    return figure
