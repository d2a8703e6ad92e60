"""Encoders by set and by what a metric needs of them. Listing imports no torch."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vggsound_omni.errors import unknown_name

if TYPE_CHECKING:
    from .encoder import AudioFace

_BUNDLE = "vggsound_omni.encoders.foleyworld.bundle"

ROLES = ("tagger", "ms_clap", "la_clap", "ib", "ds", "aesthetics")
"""What metrics ask for: tags and embeddings, two audio-text pairs, sound and picture, synchrony, quality."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where an encoder is found."""

    factory: str
    """``module:attribute``."""
    arguments: dict[str, Any]


SETS: dict[str, dict[str, Entry]] = {
    "foleyworld": {
        "tagger": Entry(factory=f"{_BUNDLE}:TaggerEncoder", arguments={}),
        "ms_clap": Entry(factory=f"{_BUNDLE}:AudioTextEncoder", arguments={"name": "clap-a"}),
        "la_clap": Entry(factory=f"{_BUNDLE}:AudioTextEncoder", arguments={"name": "clap-b"}),
        "ib": Entry(factory=f"{_BUNDLE}:AudioVideoEncoder", arguments={}),
        "ds": Entry(factory=f"{_BUNDLE}:SynchroniserEncoder", arguments={}),
        "aesthetics": Entry(factory=f"{_BUNDLE}:AestheticsEncoder", arguments={}),
    },
}
"""The sets that ship with the package, by the set's name and the role."""

PRETRAINED = {
    "tagger": "panns",
    "second_tagger": "passt",
    "patches": "vggish",
    "aesthetics": "audiobox",
    "ms_clap": "ms-clap",
    "la_clap": "laion-clap",
    "ib": "imagebind",
    "ds": "synchformer",
}
"""Names, as :mod:`.pretrained.networks` knows them, of the set "pretrained", by role: those of :data:`ROLES`, a tagger
that scores KL and FD beside the first, and one that hears FAD's patches. Their weights do not ship."""
SET_NAMES = (*SETS, "pretrained")


def load_encoder(encoder_set: str, role: str, device: str = "cpu") -> AudioFace:
    """Loads one encoder.

    Raises:
        UserError: no such set or role, or its weights are missing.
    """
    if encoder_set not in SETS:
        raise unknown_name("encoder set", encoder_set, SETS)
    if role not in SETS[encoder_set]:
        raise unknown_name(f"encoder of {encoder_set}", role, SETS[encoder_set])
    entry = SETS[encoder_set][role]
    module, _, attribute = entry.factory.partition(":")
    encoder: AudioFace = getattr(importlib.import_module(module), attribute)(**entry.arguments, device=device)
    return encoder
