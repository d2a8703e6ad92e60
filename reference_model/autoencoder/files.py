"""Files of trained spectral autoencoders: weights in half precision, and the sizes of their network."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

from .config import SpectralConfig
from .network import Autoencoder
from .spectral import ENCODER

NAME = "autoencoder.safetensors"
_SCALES = ("mean", "deviation")


def write(network: Autoencoder, path: Path) -> None:
    """Writes the weights (float16) and sizes of a spectral autoencoder."""
    weights = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
    with replacing(path) as temporary:
        save_file(weights, temporary, {"config": json.dumps(vars(network.config))})


def read_config(path: Path) -> SpectralConfig:
    """Returns the sizes of the network in a file.

    Raises:
        UserError: it is no such file.
    """
    try:
        with safe_open(path, "pt") as file:
            told = (file.metadata() or {}).get("config")
        if told is None:
            raise UserError(
                f"{path} holds no autoencoder, or one of an older version, which names no sizes; train it again."
            )
        return SpectralConfig(**json.loads(told))
    except (SafetensorError, TypeError, ValueError) as error:
        raise UserError(f"{path} does not hold an autoencoder: {error}.") from error


def encoder_content(path: Path) -> bytes:
    """Returns what is in a file of all that latents depend on; a decoder that is trained again changes none of it."""
    with safe_open(path, "np") as file:
        names = [name for name in sorted(file.keys()) if name in _SCALES or name.split(".")[1] in ENCODER]
        return b"".join(file.get_tensor(name).tobytes() for name in names)
