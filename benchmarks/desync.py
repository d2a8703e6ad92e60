"""DS of references late by known times, read at all lags and at every fifth: ``python benchmarks/desync.py``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import Shard, render_shard
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.metrics import desync
from vggsound_omni.suites.foleyworld import CLASSES, SAMPLE_RATE

SCENES = 64
DELAYS_MS = (0, 40, 80, 90, 120, 200, 280, 300, 400, 410, 500, 600, 800, 1000)
EVERY = 5
"""Lags from one of the 21 classes of training to the next."""


def main() -> None:
    """Prints a row for each delay: DS over all scenes and over those with an impact in the picture, in seconds."""
    encoder = SynchroniserEncoder()
    with tempfile.TemporaryDirectory() as folder:
        shard = Shard(keys=tuple(("validation", "main", n) for n in range(SCENES)), folder=Path(folder))
        render_shard(shard)
        clips = Clips([shard])
        samples, seen = clips.samples(range(SCENES)), encoder.video(clips.frames(range(SCENES)))
        impacts = [
            n
            for n, one in enumerate(clips.scenes)
            if any(source.on_screen and CLASSES[source.sound_class].impact for source in one.heard)
        ]
    print(f"{SCENES} scenes, {len(impacts)} of them with an impact in the picture; seconds of DS")
    print("delay (ms)  all lags  impacts  every fifth  impacts")
    for delay in DELAYS_MS:
        shift = round(delay * SAMPLE_RATE / 1000)
        late = F.pad(samples, (shift, 0))[:, : samples.shape[1]]
        logits = encoder.compare(encoder.audio(late), seen).numpy().astype(np.float64)
        cells = [
            float(desync.per_clip(logits[rows][..., ::step], encoder.offsets[::step]).mean())
            for step in (1, EVERY)
            for rows in (slice(None), impacts)
        ]
        print(f"{delay:10d}  {cells[0]:8.3f}  {cells[1]:7.3f}  {cells[2]:11.3f}  {cells[3]:7.3f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
