"""The SHA-256 of large files, computed once for as long as a file stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

from vggsound_omni.files import compute_sha256, replacing
from vggsound_omni.paths import cache_dir

_VERSION = 1


def checkpoint_sha256(path: Path) -> str:
    """The SHA-256 of a file, from memory if its size and time of change are as they were.

    The memory is ``weights/digests.json`` in the cache; where nothing can be written there, the file is read anew.
    """
    path = path.resolve()
    status = path.stat()
    state = [status.st_size, status.st_mtime_ns]
    memory = cache_dir() / "weights" / "digests.json"
    known = _known(memory)
    if known.get(str(path), {}).get("state") == state:
        return str(known[str(path)]["sha256"])
    digest = compute_sha256(path)
    try:
        with replacing(memory) as temporary:
            entries = _known(memory) | {str(path): {"state": state, "sha256": digest}}
            temporary.write_text(json.dumps({"version": _VERSION, "files": entries}, indent=1), encoding="utf-8")
    except OSError:
        return digest
    return digest


def _known(memory: Path) -> dict[str, dict[str, object]]:
    try:
        content = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        return {}
    files: dict[str, dict[str, object]] = content["files"]
    return files
