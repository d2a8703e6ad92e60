"""All encoders, by name. Importing and listing it imports no torch."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vggsound_omni.errors import unknown_name
from vggsound_omni.registry import Registry

from .encoder import AudioEncoder, EncoderSpec, Kit, Precision
from .fetch.store import Store
from .foleyworld.aesthetics.spec import SPEC as AESTHETICS
from .foleyworld.audiovisual.spec import SPEC as AUDIOVISUAL
from .foleyworld.clap.spec import CLAP_A, CLAP_B
from .foleyworld.ear.spec import SPEC as EAR
from .foleyworld.synchroniser.spec import SPEC as SYNCHRONISER
from .foleyworld.tagger.spec import SPEC as TAGGER
from .open.yamnet.spec import SPEC as YAMNET
from .pretrained.audiobox.spec import SPEC as AUDIOBOX
from .pretrained.imagebind.spec import SPEC as IMAGEBIND
from .pretrained.laion_clap.spec import SPEC as LAION_CLAP
from .pretrained.ms_clap.spec import SPEC as MS_CLAP
from .pretrained.panns.spec import SPEC as PANNS
from .pretrained.passt.spec import SPEC as PASST
from .pretrained.synchformer.spec import SPEC as SYNCHFORMER
from .pretrained.vggish.spec import SPEC as VGGISH

if TYPE_CHECKING:
    from .fetch.published import Weights

ENCODERS: Registry[EncoderSpec] = Registry(
    "encoder",
    "vggsound_omni.encoders",
    (
        TAGGER,
        CLAP_A,
        CLAP_B,
        AUDIOVISUAL,
        SYNCHRONISER,
        AESTHETICS,
        EAR,
        YAMNET,
        PANNS,
        PASST,
        VGGISH,
        AUDIOBOX,
        MS_CLAP,
        LAION_CLAP,
        IMAGEBIND,
        SYNCHFORMER,
    ),
    key="name",
)
"""Set by set. Of two encoders that play one role in a set, the first scores the metrics without a variant."""


def encoder_sets() -> list[str]:
    """Returns the names of the encoder sets: foleyworld, open, pretrained, then those of installed packages."""
    return list(dict.fromkeys(spec.encoder_set for spec in ENCODERS.values()))


def playing(encoder_set: str) -> dict[str, tuple[EncoderSpec, ...]]:
    """Returns the encoders of a set by the role they play, the first of the set first.

    Raises:
        UserError: there is no such set.
    """
    if encoder_set not in encoder_sets():
        raise unknown_name("encoder set", encoder_set, encoder_sets())
    found: dict[str, tuple[EncoderSpec, ...]] = {}
    for spec in ENCODERS.values():
        if spec.encoder_set == encoder_set:
            for role in spec.roles:
                found[role] = (*found.get(role, ()), spec)
    return found


def published_weights() -> dict[str, Weights]:
    """Returns what publishers offer, by the encoder's name; encoders that ship with their weights are left out."""
    return {name: spec.weights for name, spec in ENCODERS.items() if spec.weights is not None}


def weights_store() -> Store:
    """Returns the published weights on this machine."""
    return Store(published_weights())


def load_encoder(
    spec: EncoderSpec,
    *,
    device: str = "cpu",
    kit: Kit = "omni",
    precision: Precision = "float32",
    folder: Path | None = None,
) -> AudioEncoder:
    """Loads an encoder.

    Args:
        spec: which; one without published weights takes no other argument than the device.
        device: of its networks.
        kit: whose choices of window, channels and padding.
        precision: of the networks' bodies; front ends and last layers stay in float32.
        folder: where checkpoints are looked for; None: the mirror and the cache.

    Raises:
        UserError: its weights are missing, damaged or those of another network.
    """
    checkpoint = None if spec.weights is None else Store({spec.name: spec.weights}).find(spec.name, folder)
    return build_encoder(spec, checkpoint, device=device, kit=kit, precision=precision)


def build_encoder(
    spec: EncoderSpec,
    checkpoint: Path | None,
    *,
    device: str = "cpu",
    kit: Kit = "omni",
    precision: Precision = "float32",
) -> AudioEncoder:
    """Builds an encoder from a checkpoint; None for one that ships with its weights. Otherwise as :func:`load_encoder`.

    Whatever else a published encoder reads, a vocabulary for instance, lies beside the checkpoint.
    """
    module, _, attribute = spec.factory.partition(":")
    factory = getattr(importlib.import_module(module), attribute)
    if checkpoint is None:
        return _declared(factory(**spec.arguments, device=device), spec)
    import torch

    dtype = getattr(torch, precision)
    return _declared(factory(checkpoint, device=device, kit=kit, dtype=dtype, spec=spec, **spec.arguments), spec)


def _declared(encoder: AudioEncoder, spec: EncoderSpec) -> AudioEncoder:
    """Puts the version that the spec declares on the encoder's card, from where it gets into cache keys."""
    encoder.card = replace(encoder.card, version=spec.version)
    return encoder
