"""What a published checkpoint holds: every key, shape and number format.

The lists come from the publishers' network classes, not from their files; a file that differs is refused by
:mod:`.checkpoint` with the first difference. Reading a manifest imports no torch.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

from vggsound_omni.encoders.encoder import EncoderSpec


@dataclass(frozen=True, kw_only=True)
class Key:
    """One tensor of a published file."""

    shape: tuple[int, ...]
    dtype: str  # "float32" or "int64"
    # The architecture sets it at first (windows, mel matrices, masks, indices, scales, counters): it may be absent.
    kept: bool
    # Of a kept tensor as the publisher's code makes it: "sum", "abs_sum", "sq_sum" and "cos_sum", the sum of its values
    # times cos(0), cos(1), ... in C order. A mask of minus infinity has "infinite_count" instead.
    stats: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the published file of one encoder holds."""

    name: str  # of the encoder
    file: str  # its published name
    under: str  # the entry of the file that the tensors lie under ("model", "state_dict"); empty: at the top
    prefix: str  # what every key begins with in the file, and does not in `keys`
    may_hold: tuple[str, ...]  # patterns of whole keys that some versions of the file hold and no port needs
    keys: dict[str, Key]

    def ignores(self, key: str) -> bool:
        """Tells whether a key outside of :attr:`keys` is known and of no use."""
        return any(re.fullmatch(pattern, key) for pattern in self.may_hold)


def manifest(spec: EncoderSpec) -> Manifest:
    """Returns the manifest of an encoder with published weights; ``manifest.json`` lies beside its port."""
    assert spec.weights is not None
    content = _content(spec.factory.partition(":")[0].rpartition(".")[0])
    return Manifest(
        name=spec.name,
        file=spec.weights.checkpoint.name,
        under=content["under"],
        prefix=content["prefix"],
        may_hold=tuple(content["may_hold"]),
        keys={key: _key(*fields) for key, fields in content["keys"].items()},
    )


@functools.cache
def _content(package: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(resources.files(package).joinpath("manifest.json").read_text(encoding="utf-8"))
    return content


def _key(dtype: str, shape: list[int], stats: dict[str, float] | None = None) -> Key:
    return Key(shape=tuple(shape), dtype=dtype, kept=stats is not None, stats=stats or {})
