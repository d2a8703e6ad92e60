"""Makes the golden of YAMNet by TensorFlow, from the SavedModel that the package holds.

It runs in an environment with tensorflow and nothing of ours. From the root of the checkout, with the folder
``yamnet_base`` of the unpacked wheel::

    PYTHONPATH=. python vggsound_omni/encoders/open/yamnet/parity/make_golden.py yamnet_base --out FOLDER

writes ``golden.npz`` of the sounds that ``cases.json`` names. With ``--sounds FILE.npz``, arrays of samples at 16 kHz
by name, it writes all that TensorFlow makes of those.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


def published(model: Path) -> Callable[[NDArray[Any]], Arrays]:
    """Returns the published network: samples (n,) at 16 kHz to ``probabilities``, ``patches`` and ``log_mel``."""
    import tensorflow as tf  # type: ignore[import-untyped, import-not-found, unused-ignore]

    loaded = tf.saved_model.load(str(model))
    network = getattr(loaded, "layer-1").layer._func  # noqa: SLF001 - as the package keeps it

    def run(samples: NDArray[Any]) -> Arrays:
        outputs = network(tf.constant(samples.astype(np.float32)))
        return dict(zip(("probabilities", "patches", "log_mel"), (array.numpy() for array in outputs), strict=True))

    run.keep = loaded  # type: ignore[attr-defined]  # its variables die with it
    return run


def cases() -> Arrays:
    """Returns the sounds of the golden cases at 16 kHz: every third sample of the mean over channels."""
    from tests.encoders.pretrained.inputs import make_case

    names = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))["cases"]
    return {name: make_case(name)[0].mean(0)[::3] for name in names}


def thinned(name: str, outputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Returns what the golden keeps: every eighth spectrum, every fourth number of an embedding."""
    return {
        f"{name}/log_mel_s8": outputs["log_mel"][::8],
        f"{name}/patches_s4": outputs["patches"][:, ::4],
        f"{name}/probabilities": outputs["probabilities"],
    }


def main() -> None:
    """Runs the cases, or the sounds of a file."""
    parser = argparse.ArgumentParser(description="Makes the golden of YAMNet by TensorFlow.")
    parser.add_argument("model", type=Path, help="folder of the SavedModel")
    parser.add_argument("--sounds", type=Path, help="FILE.npz of other sounds than the cases")
    parser.add_argument("--out", type=Path, required=True, help="folder to write golden.npz to")
    arguments = parser.parse_args()
    network = published(arguments.model)
    made: Arrays = {}
    if arguments.sounds is None:
        for name, samples in cases().items():
            made |= thinned(name, network(samples))
    else:
        with np.load(arguments.sounds) as sounds:
            for name in sounds.files:
                made |= {f"{name}/{output}": array for output, array in network(sounds[name]).items()}
    np.savez_compressed(arguments.out / "golden.npz", allow_pickle=False, **made)


if __name__ == "__main__":
    main()
