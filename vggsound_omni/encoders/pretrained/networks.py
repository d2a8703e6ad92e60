"""The encoders by name. Listing imports no torch."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from vggsound_omni.errors import unknown_name

if TYPE_CHECKING:
    from vggsound_omni.encoders.encoder import AudioFace

Profile = Literal["omni", "av-benchmark"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

_CLASSES = {
    "vggish": "vggish.port:VggishEncoder",
    "panns": "panns.port:PannsEncoder",
    "passt": "passt.port:PasstEncoder",
    "audiobox": "audiobox.port:AudioboxEncoder",
    "imagebind": "imagebind.port:ImageBindEncoder",
    "synchformer": "synchformer.port:SynchformerEncoder",
    "ms-clap": "ms_clap.port:MsClapEncoder",
    "laion-clap": "laion_clap.port:LaionClapEncoder",
}
NAMES = tuple(_CLASSES)
"""As :mod:`.manifest` and ``omni-bench weights`` know them."""


def load_network(
    name: str, checkpoint: Path, device: str = "cpu", profile: Profile = "omni", precision: Precision = "float32"
) -> AudioFace:
    """Builds an encoder from its published checkpoint.

    Args:
        name: one of :data:`NAMES`.
        checkpoint: file; what else the encoder reads lies beside it.
        device: of the network.
        profile: whose choices of window, channel and padding; the encoder's class says what differs.
        precision: of the network's body; front ends and last layers stay float32.

    Raises:
        UserError: no such encoder, or the file is not its checkpoint.
    """
    if name not in _CLASSES:
        raise unknown_name("encoder", name, _CLASSES)
    import torch

    module, _, attribute = _CLASSES[name].partition(":")
    made: AudioFace = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)(
        checkpoint, device=device, profile=profile, dtype=getattr(torch, precision)
    )
    return made
