"""Small runs with pictures, as a generator would have left them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.media import write_flac, write_mp4, write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import Record, RunFolder
from vggsound_omni.runs.plan import RunConfig, make_plan

RATE = 16_000
ITEMS = 36  # half of them main, half natural


def tone(hertz: float, level: float, channels: int = 1) -> Audio:
    """A second of it."""
    wave = level * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    return Audio(samples=np.tile(wave.astype(np.float32), (channels, 1)), sample_rate=RATE)


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A manifest of short clips, each a second of picture and sound."""
    folder = tmp_path_factory.mktemp("clips")
    frames = np.zeros((10, 32, 32, 3), np.uint8)
    with (folder / "clips.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "caption", "video", "audio", "stratum"])
        for i in range(ITEMS):
            frames[:, :, : i % 32] = 200
            write_mp4(folder / f"clip{i}.mp4", frames, 10.0, None)
            write_wav(folder / f"clip{i}.wav", tone(300 + 10 * i, 0.3), "PCM_16")
            lines.writerow(
                [f"clip{i}", f"a tone number {i}", f"clip{i}.mp4", f"clip{i}.wav", ("main", "natural")[i % 2]]
            )
    return f"manifest:{folder / 'clips.csv'}"


@pytest.fixture(scope="session")
def runs(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Path]]:
    """Makes a run folder for each name; systems differ in loudness, channels and pitch."""

    def made(*names: str, track: str = "vt2a") -> list[Path]:
        plan = make_plan(suite, track)
        paths = []
        for number, name in enumerate(names):
            folder = RunFolder(tmp_path_factory.mktemp("runs") / name)
            config = RunConfig(suite=suite, track=track, model=name, arguments={}, seed=0)
            folder.path.mkdir()
            folder.start(config, plan.records_sha256, None, None, {"card": None})
            (folder.path / "audio").mkdir()
            records = []
            for item in plan.items:
                write_flac(folder.audio_path(item.id), tone(200 * (number + 2), 0.4 / 3**number, 1 + number % 2))
                records.append(
                    Record(id=item.id, status="done", seconds=0.1, audio=f"audio/{item.id}.flac", sha256="0" * 64)
                )
            folder.append(records)
            paths.append(folder.path)
        return paths

    return made
