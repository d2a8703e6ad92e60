"""Draws contact sheets: a class at a glance, frames above the spectrogram."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import signal

from vggsound_omni.io import replacing

from .program import solo
from .render import Rendered, render
from .scene import FPS, SAMPLE_RATE, Scene

FRAMES = 8
"""Frames shown, one for each second of the spectrogram below."""


def contact_sheet(sound_class: str, path: Path, examples: int = 3) -> None:
    """Writes a PNG with ``examples`` scenes of a class, see :func:`sheet`."""
    sheet(sound_class, [solo(sound_class, i) for i in range(examples)], path)


def sheet(title: str, scenes: Sequence[Scene], path: Path) -> None:
    """Writes a PNG with scenes one below the other.

    Each shows the caption, a frame from the middle of every second (moved to the nearest onset, framed in red, where
    one lies in that second), and beneath, on the same time axis, a spectrogram with the onsets marked.
    """
    matplotlib.use("agg", force=False)
    figure = Figure(figsize=(13, 4.4 * len(scenes)), dpi=90, layout="constrained")
    figure.suptitle(title, fontsize=15)
    axes = figure.subplots(2 * len(scenes), 1, height_ratios=[1, 1.1] * len(scenes))
    for i, scene in enumerate(scenes):
        rendered = render(scene)
        _film(axes[2 * i], scene, rendered)
        _spectrogram(axes[2 * i + 1], scene, rendered)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _film(axes: Axes, scene: Scene, rendered: Rendered) -> None:
    onsets = [event.onset for source in scene.heard for event in source.events]
    for second in range(FRAMES):
        inside = [t for t in onsets if second <= t < second + 1]
        t = inside[0] if inside else second + 0.5
        axes.imshow(rendered.frames[round(t * FPS)], extent=(second + 0.01, second + 0.99, 0, 0.98), aspect="auto")
        colour = "tab:red" if inside else "0.3"
        axes.text(second + 0.5, -0.02, f"{t:.2f} s", color=colour, ha="center", va="top", fontsize=9)
    axes.set(xlim=(0, scene.duration), ylim=(-0.12, 1))
    axes.set_axis_off()
    axes.set_title("\n".join(textwrap.wrap(scene.captions.dense, 130)), fontsize=10, loc="left")


def _spectrogram(axes: Axes, scene: Scene, rendered: Rendered) -> None:
    frequency, time, power = signal.spectrogram(
        rendered.samples, SAMPLE_RATE, window="hann", nperseg=512, noverlap=384, mode="psd", scaling="spectrum"
    )
    level = 10 * np.log10(power + 1e-12)
    image = axes.pcolormesh(time, frequency / 1000, level, vmin=-100, vmax=-20, cmap="magma", shading="auto")
    for source in scene.heard:
        for event in source.events:
            axes.axvline(event.onset, color="white", linewidth=0.6, alpha=0.7, ymin=0.93)
    axes.set(xlim=(0, scene.duration), xlabel="time / s", ylabel="frequency / kHz")
    axes.figure.colorbar(image, ax=axes, label="dBFS", pad=0.01, fraction=0.02)
