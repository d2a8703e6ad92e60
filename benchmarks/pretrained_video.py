"""Seconds a clip for each pretrained encoder on files, the share outside of network forwards, and the peak of memory.

``python -m benchmarks.pretrained_video NAME FOLDER PRECISION FILE...``: one encoder a process, so that the peak is its
own. The folder holds the weights, as ``omni-bench weights`` lays them; the time is that of ``omni-bench encode`` with
``--kit av-benchmark``: decoding, resampling, front end, network.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import torch
from rich.console import Console
from torch import nn

from vggsound_omni.encoders.encoder import PRECISIONS
from vggsound_omni.encoders.registry import ENCODERS, load_encoder
from vggsound_omni.features.files import encode_files

FRONT_ENDS = ("LogMel", "Fbank", "FrontEnd", "MelSpectrogram")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Stopwatch:
    """Time within the outermost forwards of networks; front ends are modules too, and do not count."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth, self._began = 0, 0.0
        nn.modules.module.register_module_forward_pre_hook(self._enter)
        nn.modules.module.register_module_forward_hook(self._leave)

    def _enter(self, module: nn.Module, _: object) -> None:
        if type(module).__name__ in FRONT_ENDS:
            return
        if self._depth == 0:
            self._began = time.perf_counter()
        self._depth += 1

    def _leave(self, module: nn.Module, _: object, __: object) -> None:
        if type(module).__name__ in FRONT_ENDS:
            return
        self._depth -= 1
        if self._depth == 0:
            if DEVICE == "cuda":
                torch.cuda.synchronize()
            self.seconds += time.perf_counter() - self._began


def main() -> None:
    name, folder, given, *files = sys.argv[1:]
    (precision,) = [known for known in PRECISIONS if known == given] or sys.exit(f"PRECISION is one of {PRECISIONS}.")
    began = time.perf_counter()
    encoder = load_encoder(
        ENCODERS.find(name), device=DEVICE, kit="av-benchmark", precision=precision, folder=Path(folder)
    )
    loading = time.perf_counter() - began
    watch = Stopwatch()
    began = time.perf_counter()
    encode_files(encoder, [Path(file) for file in files], Console(quiet=True))
    whole = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name:12} {DEVICE} {precision} {len(files)} files, loading {loading:.1f} s, "
        f"{whole / len(files):.2f} s a clip, outside of networks {1 - watch.seconds / whole:.1%}, peak {peak:.1f} GiB"
    )


if __name__ == "__main__":
    main()
