"""Features of files that several workers encoded: a part for each shard, and their union."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing, writing_to
from vggsound_omni.sharding import Shard

_IDENTITY, _WARNINGS = "encoded_by", "warnings"


def part_of(out: Path, shard: Shard) -> Path:
    """Returns where a shard's part of a file of features is: ``features.3-of-16.npz``."""
    return out.with_name(f"{out.stem}.{shard.label}{out.suffix}")


def write_features(
    out: Path, arrays: Mapping[str, np.ndarray], warnings: Sequence[str], identity: Sequence[str] | None = None
) -> None:
    """Writes a file of features atomically.

    Args:
        out: the ``.npz``.
        arrays: by name.
        warnings: caveats about all of them, in an array of that name if there are any.
        identity: of a part: what it was encoded by and how, which all parts must share.
    """
    more = {_WARNINGS: np.array(warnings)} if warnings else {}
    more |= {_IDENTITY: np.array(identity)} if identity else {}
    with writing_to(out), replacing(out) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays, **more)


def merge_parts(out: Path) -> int:
    """Joins the parts of a file of features, which stay; returns their number. Again it gives the same file.

    Raises:
        UserError: there are no parts, one is missing or damaged, or they do not belong together.
    """
    counts: dict[int, list[Path]] = {}
    for path in out.parent.glob(f"{_escaped(out.stem)}.*{out.suffix}"):
        found = re.fullmatch(r"[0-9]+-of-([0-9]+)", path.name[len(out.stem) + 1 : -len(out.suffix)])
        if found:
            counts.setdefault(int(found[1]), []).append(path)
    if not counts:
        raise UserError(
            f"There are no parts of {out}; omni-bench encode --shard 1/2 --out {out} makes the first of two."
        )
    if len(counts) > 1:
        several = " and ".join(str(count) for count in sorted(counts))
        raise UserError(f"{out.parent} holds parts of {several} of {out.name}; delete those that are not wanted.")
    ((count, _),) = counts.items()
    parts = [part_of(out, Shard(index, count)) for index in range(1, count + 1)]
    if missing := [path for path in parts if not path.exists()]:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise UserError(f"{missing[0]}{more} is missing; encode that shard first.")
    arrays: dict[str, np.ndarray] = {}
    identities: dict[tuple[str, ...], Path] = {}
    warnings: list[str] = []
    for part in parts:
        own = _read(part)
        identities.setdefault(tuple(str(word) for word in own.pop(_IDENTITY, np.array([]))), part)
        warnings += [str(sentence) for sentence in own.pop(_WARNINGS, np.array([]))]
        if twice := arrays.keys() & own.keys():
            raise UserError(f'{part} and another part both have "{min(twice)}"; encode the shards anew.')
        arrays |= own
    if len(identities) > 1:
        first, second, *_ = identities.values()
        raise UserError(f"{first} and {second} were not encoded alike; encode both by one encoder, checkpoint and kit.")
    write_features(out, dict(sorted(arrays.items())), list(dict.fromkeys(warnings)))
    return len(parts)


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}
    except Exception as error:  # NumPy and zipfile raise whatever they like about a damaged file
        raise UserError(f"{path} is damaged ({type(error).__name__}); encode that shard again.") from error


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)
