"""Seconds a clip for the audio encoders, and how far bfloat16 moves their outputs.

``python -m benchmarks.pretrained_audio [FOLDER]``: with the published weights of a folder, or else with weights made by
rule, which cost the same; how far bfloat16 moves them only says something of the published ones.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import PRECISIONS, Outputs
from vggsound_omni.encoders.pretrained.rule import manifest_of, write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, build_encoder, weights_store

SECONDS = 8
CLIPS = 4
HEARING = [name for name, spec in ENCODERS.items() if spec.weights is not None and spec.modalities == ("audio",)]
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def sounds(rate: int) -> Tensor:
    """Chords of four harmonics that fade by and by, and noise: (clips, n)."""
    generator = torch.Generator().manual_seed(0)
    time_s = torch.arange(SECONDS * rate) / rate
    pitch = 110 * 2 ** (torch.rand(CLIPS, 1, 1, generator=generator) * 3)
    tones = torch.sin(2 * torch.pi * pitch * torch.arange(1, 5)[:, None] * time_s).sum(1)
    noise = torch.randn(CLIPS, SECONDS * rate, generator=generator)
    return 0.1 * tones * torch.exp(-(time_s % 2)) + 0.02 * noise


def seconds_a_clip(work: Callable[[], object]) -> float:
    """The best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        work()
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return best / CLIPS


def drift(exact: Outputs, rough: Outputs) -> str:
    """The length of the difference relative to that of the output; points for a score of one number."""
    moved = []
    for output, values in exact.items():
        difference = rough[output] - values
        if values.ndim == 1:
            moved.append(f"{output} {float(difference.abs().max()):.4f}")
        else:
            moved.append(f"{output} {float(difference.norm() / values.norm()):.5f}")
    return ", ".join(moved)


def measure(name: str, checkpoint: Path) -> None:
    outputs: list[Outputs] = []
    for precision in PRECISIONS:
        began = time.perf_counter()
        encoder = build_encoder(ENCODERS[name], checkpoint, device=DEVICE, precision=precision)
        loading = time.perf_counter() - began
        samples = sounds(encoder.audio_input.sample_rate).to(DEVICE)
        outputs.append(encoder.audio(samples))
        whole = seconds_a_clip(lambda encoder=encoder, samples=samples: encoder.audio(samples))  # type: ignore[misc]
        front_end: nn.Module | None = getattr(encoder, "front_end", None)
        front = 0.0
        if front_end is not None:
            with torch.inference_mode():
                front = seconds_a_clip(lambda front_end=front_end, samples=samples: front_end(samples))  # type: ignore[misc]
        print(
            f"{name:10}{precision:10}{loading:10.1f}{front:12.4f}{whole - front:10.4f}"
            f"{front / whole:9.1%}  {drift(*outputs) if len(outputs) == 2 else ''}"
        )


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, {DEVICE}; seconds a clip, {CLIPS} of {SECONDS} s at once")
    print(f"{'encoder':10}{'dtype':10}{'loading':>10}{'front end':>12}{'network':>10}{'share':>9}  bfloat16 moves")
    for name in HEARING:
        if len(sys.argv) > 1:
            measure(name, weights_store().find(name, Path(sys.argv[1])))
            continue
        with tempfile.TemporaryDirectory() as folder:
            measure(name, write_rule_checkpoint(name, Path(folder) / manifest_of(name).file))


if __name__ == "__main__":
    main()
