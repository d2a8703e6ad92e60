"""How much the store holds, and making it hold less."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .shards import locked, parse


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a store holds of one encoder, or the list of known files."""

    space: str
    """The folder: ``NAME-HASH`` for an encoder, ``files`` for the list of known files."""
    entries: int
    size: int
    """Bytes."""
    last_use: float
    """Seconds since 1970, to within an hour."""

    @property
    def encoder(self) -> tuple[str, str] | None:
        """Name and the start of the checkpoint's hash; None for the list of known files."""
        name, dash, checkpoint = self.space.rpartition("-")
        return (name, checkpoint) if dash else None


@dataclass(frozen=True)
class _Shard:
    index: Path
    data: Path
    size: int
    last_use: float


def holdings(root: Path) -> list[Holding]:
    """What there is, by space."""
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
    """Removes shards, those first that were used longest ago. Safe while other processes read and write.

    Args:
        root: of the store.
        used_before: seconds since 1970; removes what was not used since.
        to: bytes that may stay.

    Returns:
        Bytes that were freed.
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
                # The index goes first: entries without bytes would be missed only when they are read.
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
        with suppress(FileNotFoundError):  # trimmed by another process meanwhile
            facts = data.stat()
            size = facts.st_size + (index.stat().st_size if index.exists() else 0)
            shards.append(_Shard(index, data, size, facts.st_mtime))
    return shards


def _keys(index: Path) -> set[str]:
    """The keys of a shard; none where its first line was never written."""
    return {fields[0] for fields in parse(index.read_bytes())} if index.exists() else set()
