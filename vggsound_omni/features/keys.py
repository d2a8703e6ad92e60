"""What features are filed under: everything that they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from vggsound_omni.encoders.encoder import EncoderCard

STORE_VERSION = 1
"""Part of every key; raised when signals or features change in a way that no other part would show."""
Face = Literal["audio", "video", "text"]
_ROOM = Path(__file__).resolve().parent.parent
_TICK = 0.02
"""Seconds: two clock ticks of the coarsest usual kernel, within which two changes of a file may bear one time."""


class Carded(Protocol):
    """Any encoder, whatever its faces."""

    card: EncoderCard


@dataclass(frozen=True)
class Key:
    """Where the features of one signal lie."""

    space: str
    """The encoder's folder: its name and the start of its checkpoint's hash."""
    digest: str
    """SHA-256 over all that the features depend on."""


@dataclass(frozen=True)
class FileKey:
    """A file as it is now, and how it would be decoded."""

    digest: str


def sound_hash(samples: npt.NDArray[np.float32], sample_rate: int) -> str:
    """SHA-256 of a sound: rate, shape, float32 samples."""
    return _array_hash(f"sound {sample_rate} {samples.shape} ", samples.astype("<f4", copy=False))


def picture_hash(frames: npt.NDArray[np.uint8], fps: float) -> str:
    """SHA-256 of a moving picture: rate, shape, pixels."""
    return _array_hash(f"picture {float(fps)!r} {frames.shape} ", frames)


def text_hash(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(b"text " + text.encode()).hexdigest()


class Filing:
    """Makes the keys of one face of one encoder.

    The address holds: the signal, the encoder's name, its checkpoint's hash, its front end as its card tells it, the
    face and the rate or size that it demands, :data:`STORE_VERSION`, and the source code of the encoder's folder, of
    those above it and of the media room, so that a changed front end cannot meet its old features.
    """

    def __init__(self, encoder: Carded, face: Face) -> None:
        card = encoder.card
        self._space = f"{re.sub(r'[^A-Za-z0-9._-]+', '_', card.name)}-{card.checkpoint_sha256[:16]}"
        self._rest = {
            "encoder": card.name,
            "checkpoint": card.checkpoint_sha256,
            "front_end": card.front_end,
            "face": face,
            "demands": {name: getattr(encoder, name) for name in _DEMANDS[face]},
            "code": _code(type(encoder).__module__),
        }

    def key(self, signal_sha256: str) -> Key:
        """The key of one signal."""
        return Key(self._space, _digest(self._rest | {"signal": signal_sha256}))


_DEMANDS: Mapping[Face, tuple[str, ...]] = {"audio": ("sample_rate",), "video": ("fps", "pixels"), "text": ()}


def file_key(path: Path, facts: os.stat_result, decoding: Mapping[str, Any]) -> FileKey:
    """The key under which it is remembered what a file holds.

    Path, size and time of change stand for the content; the time of the last change to the file's node is with them,
    which programs cannot set: a file put in another's place with its times kept is another file.

    Args:
        path: the file.
        facts: as :func:`settled` gives them.
        decoding: how it is decoded, as JSON.
    """
    now = [os.fspath(path.resolve()), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns]
    return FileKey(_digest({"file": now, "decoding": dict(decoding), "code": _code("vggsound_omni.media")}))


def settled(path: Path) -> os.stat_result:
    """A file's facts, once any later change to it would show in them.

    Raises:
        OSError: there is no such file.
    """
    facts = path.stat()
    age = time.time() - max(facts.st_mtime, facts.st_ctime)
    if 0 <= age < _TICK:
        time.sleep(_TICK - age)
    return path.stat()


@cache
def _code(module: str) -> str:
    """SHA-256 over the source of a module's folder, of those above it among the encoders, and of the media room."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in _folders(module) for path in folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _folders(module: str) -> set[Path]:
    """The folders whose code decides an encoder's features: what several share lies above their own."""
    folders = {_ROOM / "media", _ROOM / "encoders"}
    source = getattr(import_module(module), "__file__", None)
    if source:
        own = Path(source).resolve().parent
        folders |= {own, *(folder for folder in own.parents if folder.is_relative_to(_ROOM / "encoders"))}
    return folders


def _array_hash(header: str, array: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256(header.encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _digest(content: dict[str, Any]) -> str:
    canonical = json.dumps(content | {"version": STORE_VERSION}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
