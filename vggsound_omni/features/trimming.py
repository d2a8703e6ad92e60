"""Measuring and trimming the feature store."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .shards import locked, parse


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a store holds for one encoder, or for the list of known files."""

    space: str  # the folder: NAME-HASH for an encoder, "files" for the list of known files
    entries: int
    size: int  # bytes
    last_use: float  # seconds since 1970, to within an hour

    @property
    def encoder(self) -> tuple[str, str] | None:
        """The encoder's name and the start of its checkpoint's hash; None for the list of known files."""
        name, dash, checkpoint = self.space.rpartition("-")
        return (name, checkpoint) if dash else None


@dataclass(frozen=True)
class _Shard:
    index: Path
    data: Path
    size: int
    last_use: float


def holdings(root: Path) -> list[Holding]:
    """Returns what the store holds, by space."""
    spaces: dict[Path, list[_Shard]] = {}
    for shard in _shards(root):
        spaces.setdefault(shard.index.parent, []).append(shard)
    return [
        Holding(
            space=folder.name,
            entries=len(set().union(*(_keys(shard.index) for shard in shards))),
            size=sum(shard.size for shard in shards),
            last_use=max(shard.last_use for shard in shards),
        )
        for folder, shards in sorted(spaces.items())
    ]


def trim(root: Path, *, used_before: float | None = None, to: int | None = None) -> int:
    """Removes shards, least recently used first. Safe while other processes read and write.

    Args:
        root: the store's folder.
        used_before: seconds since 1970; shards last used before this are removed.
        to: the store is trimmed to this many bytes.

    Returns:
        Bytes freed.
    """
    if not root.exists():
        return 0
    freed = 0
    with locked(root / ".lock"):
        shards = sorted(_shards(root), key=lambda shard: shard.last_use)
        held = sum(shard.size for shard in shards)
        for shard in shards:
            old = used_before is not None and shard.last_use < used_before
            if old or (to is not None and held - freed > to):
                # The index is removed first, so that no entry is listed whose bytes are missing.
                shard.index.unlink(missing_ok=True)
                shard.data.unlink(missing_ok=True)
                freed += shard.size
        for folder in {shard.index.parent for shard in shards}:
            if not any(folder.iterdir()):
                folder.rmdir()
    return freed


def _shards(root: Path) -> list[_Shard]:
    shards = []
    for data in root.glob("*/*.data"):
        index = data.with_suffix(".index")
        with suppress(FileNotFoundError):  # another process has just removed it
            facts = data.stat()
            size = facts.st_size + (index.stat().st_size if index.exists() else 0)
            shards.append(_Shard(index, data, size, facts.st_mtime))
    return shards


def _keys(index: Path) -> set[str]:
    """Returns the keys of a shard; none if it has no index yet."""
    return {fields[0] for fields in parse(index.read_bytes())} if index.exists() else set()
