"""A store of features, keyed by the content that they were computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vggsound_omni.io import cache_dir

from .keys import FileKey, Key
from .shards import Shards

Features = dict[str, npt.NDArray[np.float32]]
"""The named outputs of an encoder for one signal, without the batch axis."""
_FILES = "files"  # the space that records which signal a file holds; encoders' spaces have a hash in their names
_FLOAT = np.dtype("<f4")


def features_dir() -> Path:
    """Returns the folder of the features."""
    return cache_dir() / "features"


class FeatureStore:
    """Features on disk, shared by all processes; use one object per thread.

    What cannot be read back exactly as it was written counts as missing, so a store never returns wrong features.

    Args:
        root: its folder; None: the one in the cache.
        alone: nothing is appended to files of other processes, so that locks are not needed.
    """

    def __init__(self, root: Path | None = None, *, alone: bool = False) -> None:
        self.root = features_dir() if root is None else root
        self._alone = alone
        self._spaces: dict[str, Shards] = {}

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Features]:
        """Returns the features that are stored, as read-only views of memory-mapped files."""
        found: dict[Key, Features] = {}
        for space, members in _by_space(keys).items():
            entries = self._space(space).get(key.digest for key in members)
            for key in members:
                if key.digest in entries:
                    shapes, content = entries[key.digest]
                    found[key] = _unpack(shapes, content)
        return found

    def put_many(self, features: Mapping[Key, Features]) -> None:
        """Adds features; keys that are already stored keep theirs.

        Raises:
            OSError: the cache cannot be written to.
        """
        for space, members in _by_space(features).items():
            self._space(space).put({key.digest: _pack(features[key]) for key in members})

    def signals(self, files: Iterable[FileKey]) -> dict[FileKey, str]:
        """Returns the SHA-256 of the signal of each file that was decoded before and has not changed since."""
        asked = list(files)
        entries = self._space(_FILES).get(file.digest for file in asked)
        return {file: str(entries[file.digest][1], "ascii") for file in asked if file.digest in entries}

    def remember(self, signals: Mapping[FileKey, str]) -> None:
        """Records which signals files hold.

        Raises:
            OSError: the cache cannot be written to.
        """
        if signals:
            self._space(_FILES).put({file.digest: (None, sha256.encode()) for file, sha256 in signals.items()})

    def _space(self, name: str) -> Shards:
        if name not in self._spaces:
            self._spaces[name] = Shards(self.root / name, self.root / ".lock", alone=self._alone)
        return self._spaces[name]


def _by_space(keys: Iterable[Key]) -> dict[str, list[Key]]:
    spaces: dict[str, list[Key]] = {}
    for key in keys:
        spaces.setdefault(key.space, []).append(key)
    return spaces


def _pack(features: Features) -> tuple[dict[str, list[int]], bytes]:
    content = b"".join(np.ascontiguousarray(array, _FLOAT).tobytes() for array in features.values())
    return {name: list(array.shape) for name, array in features.items()}, content


def _unpack(shapes: dict[str, list[int]], content: memoryview) -> Features:
    features: Features = {}
    start = 0
    for name, shape in shapes.items():
        end = start + int(np.prod(shape)) * _FLOAT.itemsize
        features[name] = np.frombuffer(content[start:end], _FLOAT).reshape(shape)
        start = end
    return features
