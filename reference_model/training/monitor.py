"""Writes the progress of a stage for TensorBoard: numbers, sounds and spectrograms."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from reference_model.components import Components
from reference_model.diffusion import guided, sample_dpm
from reference_model.rates import SAMPLE_RATE

from .batches import Batches
from .loop import Report, Training

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAMPLED = 4  # sounds that are generated at each validation
SAMPLING_STEPS = 25


class Monitor:
    """Writes the progress of one stage; used by the first process only.

    Args:
        folder: the stage's folder.
        components: decodes sounds; if None, no sounds are generated.
    """

    def __init__(self, folder: Path, components: Components | None) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._components = components
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
