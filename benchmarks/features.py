"""Clips a second of a first and a second pass, on clips that it makes itself: ``python benchmarks/features.py``."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import AudioInput, EncoderCard, Outputs, VideoInput
from vggsound_omni.features import FeatureStore, holdings
from vggsound_omni.features.encoding import Encoded, Pass
from vggsound_omni.features.modality import Pictures, Sounds
from vggsound_omni.media import write_flac, write_mp4
from vggsound_omni.protocol import Audio

SECONDS = 8
RATE = 44_100
FPS = 25
SOUNDS = 64
PICTURES = 16
RATES = (16_000, 16_000, 32_000, 48_000)


@dataclass
class Network:
    """A small network for sound and pictures: a power spectrum, or pixels, and two layers."""

    name: str
    sample_rate: int = 16_000
    fps: float = 12.5
    pixels: int = 64

    def __post_init__(self) -> None:
        self.card = EncoderCard(
            name=self.name,
            kind="benchmark",
            encoder_set="foleyworld",
            checkpoint_sha256="0" * 64,
            parameters=0,
            trained_on="nothing",
            licence="Apache-2.0",
        )
        self.audio_input = AudioInput(sample_rate=self.sample_rate)
        self.video_input = VideoInput(fps=self.fps, pixels=self.pixels)
        self._hear = nn.Sequential(nn.Linear(257, 256), nn.ReLU(), nn.Linear(256, 128))
        self._see = nn.Sequential(nn.Linear(3 * self.pixels**2, 64), nn.ReLU(), nn.Linear(64, 128))

    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to one embedding and one vector every 32 ms."""
        hop = round(0.032 * self.sample_rate)
        spectrum = torch.stft(samples, 512, hop, window=torch.hann_window(512), return_complex=True).abs()
        patches = self._hear(torch.log(spectrum.square() + 1e-6).transpose(1, 2))
        return {"embedding": patches.mean(1), "patches": patches}

    def video(self, frames: Tensor) -> Outputs:
        """(batch, time, height, width, 3) to one embedding."""
        return {"embedding": self._see(frames.flatten(2).float() / 255).mean(1)}


Encode = Callable[[Sequence[Network], FeatureStore], Encoded]


def main() -> None:
    console = Console()
    print(f"{platform.machine()}, {os.cpu_count()} cores; clips of {SECONDS} s")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sounds, pictures = make_sounds(folder), make_pictures(folder)

        def hear(encoders: Sequence[Network], store: FeatureStore) -> Encoded:
            return Pass(Sounds(SECONDS), encoders, store, console).run(sounds)

        def see(encoders: Sequence[Network], store: FeatureStore) -> Encoded:
            return Pass(Pictures(SECONDS), encoders, store, console).run(pictures)

        ears = [Network(f"ear {n}", sample_rate=rate) for n, rate in enumerate(RATES)]
        eyes = [Network("eye 0"), Network("eye 1", fps=FPS), Network("eye 2", fps=0.5)]
        measure("sound, FLAC 44.1 kHz stereo", hear, ears, folder / "heard")
        measure("picture, H.264 340 x 256 25 fps", see, eyes, folder / "seen")


def measure(title: str, encode: Encode, encoders: Sequence[Network], root: Path) -> None:
    print(f"{title}, {len(encoders)} encoders")
    for what, some in (("first of them", encoders[:1]), ("all, one kept", encoders), ("all, all kept", encoders)):
        began = time.perf_counter()
        encoded = encode(some, FeatureStore(root))
        seconds = time.perf_counter() - began
        clips = len(encoded.features[some[0].card.name])
        counts = f"{encoded.decoded} decoded, {encoded.computed} computed"
        print(f"  {what:16}{clips / seconds:10.1f} clips/s{seconds:8.3f} s, {counts}")
    print(f"  {sum(holding.size for holding in holdings(root)) / 1e6:.1f} MB kept")


def make_sounds(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    files = {f"sound{n}": folder / f"{n}.flac" for n in range(SOUNDS)}
    for path in files.values():
        samples = rng.normal(0, 0.1, (2, SECONDS * RATE)).astype(np.float32)
        write_flac(path, Audio(samples=samples, sample_rate=RATE))
    return files


def make_pictures(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(0)
    files = {f"picture{n}": folder / f"{n}.mp4" for n in range(PICTURES)}
    for path in files.values():
        coarse = rng.integers(0, 256, (16, 22, 3), np.uint8).repeat(16, axis=0).repeat(16, axis=1)[:256, :340]
        write_mp4(path, np.stack([np.roll(coarse, 2 * k, axis=1) for k in range(SECONDS * FPS)]), FPS, None)
    return files


if __name__ == "__main__":
    main()
