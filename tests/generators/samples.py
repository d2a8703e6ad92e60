"""Requests, and model files, as a user would write them."""

from __future__ import annotations

import struct
import textwrap
from pathlib import Path

from vggsound_omni.protocol import Request, Task, Video

PREAMBLE = """
import os, signal, subprocess, sys, time
from pathlib import Path
import numpy as np
from vggsound_omni.protocol import Audio, ModelCard

RATE = 16_000

def noise(r, rate=RATE, channels=1):
    rng = np.random.default_rng(r.seed)
    return rng.uniform(-0.5, 0.5, (channels, round(r.duration * rate))).astype(np.float32)

class Good:
    def generate(self, requests):
        return [self.one(r) for r in requests]

    def one(self, r):
        return Audio(samples=noise(r), sample_rate=RATE)
"""


def request(
    name: str = "clip", *, text: str | None = "a dog barks", duration: float = 0.5, seed: int = 7, task: Task = "t2a"
) -> Request:
    """A request for half a second."""
    return Request(id=name, task=task, duration=duration, text=text, video=None, seed=seed)


def watched(name: str, video: Path) -> Request:
    """A request with a video."""
    return Request(
        id=name,
        task="vt2a",
        duration=0.5,
        text="rain",
        video=Video(path=video, frame_rate=25.0, seconds=0.5),
        seed=2**32 - 1,
    )


def model_file(folder: Path, body: str, name: str = "model.py") -> str:
    """Writes a model file whose classes may build on ``Good``; returns its path."""
    path = folder / name
    path.write_text(PREAMBLE + textwrap.dedent(body))
    return str(path)


def framed(text: str, body: bytes = b"", *, length: int | None = None, size: int | None = None) -> bytes:
    """A message as a generator's process sends it, which may lie about its lengths."""
    lengths = (len(text.encode()) if length is None else length), (len(body) if size is None else size)
    return struct.pack(">4sIQ", b"OMNI", *lengths) + text.encode() + body
