"""Draws docs/images/foleyworld.png: one scene of every class, a frame of it above its spectrogram.

python docs/draw_world.py
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import matplotlib as mpl
import numpy as np
from scipy import signal

from vggsound_omni.suites.foleyworld import CLASSES, FPS, SAMPLE_RATE, render_audio, render_frames
from vggsound_omni.suites.foleyworld.program import solo

mpl.use("Agg")
from matplotlib import pyplot as plt

PICTURE = Path(__file__).resolve().parent / "images" / "foleyworld.png"
COLUMNS = 7


def main() -> None:
    """Draws every class in a cell of its own."""
    rows = -(-len(CLASSES) // COLUMNS)
    figure, axes = plt.subplots(2 * rows, COLUMNS, figsize=(11, 2.3 * rows), height_ratios=[5, 2] * rows)
    for number, name in enumerate(CLASSES):
        row, column = divmod(number, COLUMNS)
        above, below = axes[2 * row, column], axes[2 * row + 1, column]
        scene = solo(name, 0)
        onset = scene.sources[0].events[0].onset
        above.imshow(next(islice(render_frames(scene), round(onset * FPS) + 3, None)))
        above.set_title(name, fontsize=6.5, pad=3)
        _, _, power = signal.spectrogram(render_audio(scene), SAMPLE_RATE, nperseg=512, noverlap=256)
        decibels = 10 * np.log10(power + 1e-12)
        below.imshow(decibels, origin="lower", aspect="auto", cmap="magma", vmin=decibels.max() - 70)
        for one in (above, below):
            one.set_axis_off()
    figure.subplots_adjust(left=0.01, right=0.99, top=0.97, bottom=0.01, wspace=0.04, hspace=0.3)
    figure.savefig(PICTURE, dpi=90)


if __name__ == "__main__":
    main()
