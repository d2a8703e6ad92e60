"""CPU-seconds and memory of the open set for 100 clips of 8 s, from files to all outputs, nothing in the store.

``python -m benchmarks.open_set`` needs the weights of YAMNet (``omni-bench weights pull yamnet``). Memory is the peak
of the process above what it takes once torch is imported.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from vggsound_omni.features.extract import Binding, Sources, bindings, extract
from vggsound_omni.features.store import FeatureStore
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio

CLIPS, SECONDS, RATE = 100, 8, 44_100


def megabytes() -> float:
    """The peak of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write(folder: Path) -> dict[str, Path]:
    """Writes clips of noise that swells and fades, each another."""
    swell = np.sin(np.pi * np.arange(SECONDS * RATE) / RATE) ** 2
    found = {}
    for k in range(CLIPS):
        samples = 0.1 * swell * np.random.default_rng(k).standard_normal(SECONDS * RATE)
        found[f"clip{k}"] = folder / f"clip{k}.wav"
        write_wav(found[f"clip{k}"], Audio(samples=samples[None].astype(np.float32), sample_rate=RATE), "PCM_16")
    return found


def main() -> None:
    """Prints both."""
    wanted: list[Binding] = [one for one in bindings("open") if one.metric.sides and one.encoders]
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder))
        torch.set_num_threads(2)
        memory, began = megabytes(), time.process_time()
        found = extract(
            wanted,
            Sources(generated=files, reference={}),
            window=None,
            console=Console(quiet=True),
            store=FeatureStore(Path(folder) / "store"),
        )
        spent = time.process_time() - began
        assert len(found.columns["yamnet", "generated"].features) == CLIPS
    print(f"{CLIPS} clips of {SECONDS} s: {spent:.1f} CPU-seconds, {megabytes() - memory:.0f} MB above torch")


if __name__ == "__main__":
    main()
