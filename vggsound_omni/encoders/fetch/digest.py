"""The SHA-256 of large files, computed once for as long as a file stays as it is."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

from vggsound_omni.io import cache_dir, compute_sha256, replacing

_VERSION = 2
_TICK = 0.02
"""Seconds: two clock ticks of the coarsest usual kernel, within which two changes of a file may bear one time."""


def checkpoint_sha256(path: Path) -> str:
    """The SHA-256 of a file, from memory if nothing that its node tells has changed.

    Size, number of the node and both times of change are looked at: the time of the last change to the node is one that
    programs cannot set, so a file that was overwritten and given its old time back is read anew.

    The memory is ``weights/digests.json`` in the cache. An entry of it that is damaged counts as missing; where nothing
    can be written there, the file is read anew every time.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    path = path.resolve()
    memory = cache_dir() / "weights" / "digests.json"
    began, state = time.time(), _state(path)
    known = _known(memory).get(str(path))
    if known is not None and known == _entry(path, state, str(known.get("sha256"))):
        return str(known["sha256"])
    digest = compute_sha256(path)
    if _state(path) != state or began - state[-1] / 1e9 < _TICK:
        return digest  # it may change again, or has meanwhile, without its times telling
    try:
        with replacing(memory) as temporary:
            entries = _known(memory) | {str(path): _entry(path, state, digest)}
            temporary.write_text(json.dumps({"version": _VERSION, "files": entries}, indent=1), encoding="utf-8")
    except OSError:
        return digest
    return digest


def _state(path: Path) -> list[int]:
    """All that a file's node tells of its content."""
    facts = path.stat()
    return [facts.st_size, facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns]


def _entry(path: Path, state: list[int], digest: str) -> dict[str, Any]:
    """What is kept of a file, with a checksum of it."""
    check = hashlib.sha256(json.dumps([str(path), state, digest]).encode()).hexdigest()[:16]
    return {"state": state, "sha256": digest, "check": check}


def _known(memory: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(memory.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            return {}
        return {str(path): entry for path, entry in content["files"].items() if isinstance(entry, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
