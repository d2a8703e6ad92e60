"""Cache keys of features: everything that they depend on, by content or by declared version."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vggsound_omni.encoders.encoder import AudioInput, Encoder, Modality, VideoInput

STORE_VERSION = 2
"""Part of every key. Raised when a signal is prepared differently before it reaches an encoder."""
DECODING_VERSION = 1
"""Part of the keys under which it is remembered what a file holds. Raised when decoding would give other samples."""
_TICK = 0.02
"""Seconds: two clock ticks of the coarsest usual kernel. Two changes of a file within them may carry the same time."""


@dataclass(frozen=True)
class Key:
    """Where the features of one signal are stored."""

    space: str  # the encoder's folder: its name and the start of its checkpoint's hash
    digest: str  # SHA-256 over all that the features depend on


@dataclass(frozen=True)
class FileKey:
    """A file as it is now, and how it would be decoded."""

    digest: str


def sound_hash(samples: npt.NDArray[np.float32], sample_rate: int) -> str:
    """Returns the SHA-256 of a sound: rate, shape, float32 samples."""
    return _array_hash(f"sound {sample_rate} {samples.shape} ", samples.astype("<f4", copy=False))


def picture_hash(frames: npt.NDArray[np.uint8], fps: float) -> str:
    """Returns the SHA-256 of a moving picture: rate, shape, pixels."""
    return _array_hash(f"picture {float(fps)!r} {frames.shape} ", frames)


def text_hash(text: str) -> str:
    """Returns the SHA-256 of a text."""
    return hashlib.sha256(b"text " + text.encode()).hexdigest()


class CacheKeys:
    """Makes the keys of one modality of one encoder.

    A key holds the signal's hash, the encoder's name, declared version, checkpoint and front end, the modality and how
    its input is prepared, and :data:`STORE_VERSION`. No source text is in it: whoever changes what an encoder computes
    raises its version, and its golden numbers fail until then.
    """

    def __init__(self, encoder: Encoder, modality: Modality, prepared: AudioInput | VideoInput | None) -> None:
        card = encoder.card
        self._space = f"{re.sub(r'[^A-Za-z0-9._-]+', '_', card.name)}-{card.checkpoint_sha256[:16]}"
        self._rest = {
            "encoder": card.name,
            "encoder_version": card.version,
            "checkpoint": card.checkpoint_sha256,
            "front_end": card.front_end,
            "modality": modality,
            "input": asdict(prepared) if prepared else None,
        }

    def key(self, signal_sha256: str) -> Key:
        """Returns the key of one signal."""
        return Key(self._space, _digest(self._rest | {"signal": signal_sha256, "version": STORE_VERSION}))


def file_key(path: Path, facts: os.stat_result, view: Any) -> FileKey:  # noqa: ANN401 - a frozen dataclass
    """Returns the key under which it is remembered what a file holds.

    Path, size and time of change stand for the content, and the time of the last change to the file's node with them,
    which programs cannot set: a file put in another's place with its times kept is another file.

    Args:
        path: the file.
        facts: as :func:`settled` gives them.
        view: how it is decoded.
    """
    now = [os.fspath(path.resolve()), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns]
    decoding = {"kind": type(view).__name__, **asdict(view)}
    return FileKey(_digest({"file": now, "decoding": decoding, "version": DECODING_VERSION}))


def settled(path: Path) -> os.stat_result:
    """Returns a file's facts, once any later change to it would show in them.

    Raises:
        OSError: there is no such file.
    """
    facts = path.stat()
    age = time.time() - max(facts.st_mtime, facts.st_ctime)
    if 0 <= age < _TICK:
        time.sleep(_TICK - age)
    return path.stat()


def _array_hash(header: str, array: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256(header.encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _digest(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
