"""What the metrics of truth cost: the ear, and the nine metrics, over 384 clips of 8 s.

    python -m benchmarks.truth [--clips 384] [--scenes 24]

The clips are ``--scenes`` scenes of the validation split over and over, which are rendered before the clock starts. The
ear works on one core; processor seconds are told beside those on the wall, as the machine may be busy.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from vggsound_omni.encoders.foleyworld.ear.encoder import EarEncoder
from vggsound_omni.metrics import METRICS, MetricError, Tags
from vggsound_omni.suites.foleyworld import render_audio, scene
from vggsound_omni.suites.foleyworld.program import COUNTS
from vggsound_omni.suites.foleyworld.suite import FoleyWorld

KEYS = ("event_f1", "av_f1", "onset_f1", "hits", "timing", "count", "order", "leak", "level")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints how long something took."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.process_time() - cpu:.1f} s of one core, {time.perf_counter() - wall:.1f} s on the wall")


def main() -> None:
    """Times ear and metrics."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=384)
    parser.add_argument("--scenes", type=int, default=24)
    given = parser.parse_args()
    strata = [stratum for stratum in COUNTS["validation"] for _ in range(-(-given.scenes // 4))][: given.scenes]
    scenes = [scene("validation", stratum, k) for k, stratum in enumerate(strata)]
    by_id = {item.id: item.truth for item in FoleyWorld("validation").items()}
    rendered = [np.asarray(render_audio(one), np.float32) for one in scenes]
    chosen = [k % len(scenes) for k in range(given.clips)]
    ear = EarEncoder()
    heard: list[dict[str, np.ndarray]] = []
    with timed(f"The ear, {given.clips} clips"):
        for first in range(0, given.clips, 16):
            sounds = torch.from_numpy(np.stack([rendered[k] for k in chosen[first : first + 16]]))
            heard.append({name: output.numpy() for name, output in ear.audio(sounds).items()})
    truths = [truth for k in chosen if (truth := by_id[scenes[k].id]) is not None]
    columns = {
        "onsets": np.concatenate([one["onsets"] for one in heard]),
        "events": Tags(np.concatenate([one["events"] for one in heard]), ear.classes),
    }
    with timed(f"{len(KEYS)} metrics"):
        for key in KEYS:
            try:
                METRICS[key].compute(columns[METRICS[key].needs[0].output], truths)  # type: ignore[union-attr]
            except MetricError as error:
                print(f"{key}: {error}")


if __name__ == "__main__":
    main()
