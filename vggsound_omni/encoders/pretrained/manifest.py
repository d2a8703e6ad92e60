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

from vggsound_omni.errors import unknown_name

NAMES = ("vggish", "panns", "passt", "audiobox", "imagebind", "synchformer", "ms-clap", "laion-clap")
"""The encoders, by the names that the command line takes."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One tensor of a published file."""

    shape: tuple[int, ...]
    dtype: str
    """``float32`` or ``int64``."""
    kept: bool
    """The architecture sets it at first (windows, mel matrices, masks, indices, scales, counters): it may be absent."""
    stats: dict[str, float]
    """Of a kept tensor as the publisher's code makes it: ``sum``, ``abs_sum``, ``sq_sum`` and ``cos_sum``, the sum of
    its values times cos(0), cos(1), ... in C order. A mask of minus infinity has ``infinite_count`` instead."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the published file of one encoder holds."""

    name: str
    file: str
    """Its published name."""
    under: str
    """The entry of the file that the tensors lie under (``model``, ``state_dict``); empty: at the top."""
    prefix: str
    """What every key begins with in the file, and does not in :attr:`keys`."""
    may_hold: tuple[str, ...]
    """Patterns of whole keys that some versions of the file hold and no port needs."""
    keys: dict[str, Key]

    def ignores(self, key: str) -> bool:
        """Whether a key outside of :attr:`keys` is known and without use."""
        return any(re.fullmatch(pattern, key) for pattern in self.may_hold)


@functools.cache
def manifest(name: str) -> Manifest:
    """The manifest of an encoder.

    Raises:
        UserError: no such encoder.
    """
    if name not in NAMES:
        raise unknown_name("pretrained encoder", name, NAMES)
    text = resources.files(__package__).joinpath(name.replace("-", "_"), "manifest.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    keys = {key: _key(*fields) for key, fields in content["keys"].items()}
    return Manifest(
        name=name,
        file=content["file"],
        under=content["under"],
        prefix=content["prefix"],
        may_hold=tuple(content["may_hold"]),
        keys=keys,
    )


def _key(dtype: str, shape: list[int], stats: dict[str, float] | None = None) -> Key:
    return Key(shape=tuple(shape), dtype=dtype, kept=stats is not None, stats=stats or {})
