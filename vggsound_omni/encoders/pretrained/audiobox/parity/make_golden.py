"""Makes the golden of Audiobox Aesthetics by audiobox-aesthetics 0.0.4 (on the package index)."""

from importlib import import_module
from pathlib import Path

import numpy as np
import torch

from tests.encoders.pretrained.goldens import Arrays, captured, filled, main, resampled, samples
from vggsound_omni.encoders.pretrained.rule import cases

AXES = ("CE", "CU", "PC", "PQ")


def make(_checkout: Path | None) -> Arrays:
    """Runs every case; states of the encoder are those of its wrapper in the network."""
    make_inference_batch = import_module("audiobox_aesthetics.infer").make_inference_batch
    regressor = import_module("audiobox_aesthetics.model.aes").AesMultiOutput

    published = cases("audiobox")
    config, scales = published["checkpoint"]["config"], published["checkpoint"]["target_transform"]
    network = filled(regressor(**config, target_transform=scales), "audiobox")
    layers = [captured(layer) for layer in network.wavlm_model.encoder.layers]
    first = captured(network.wavlm_model.encoder.layer_norm)
    found: Arrays = {}
    for name, case in published["cases"].items():
        wave = resampled(samples(case), 16_000).mean(0, keepdim=True)
        windows, masks, weights = make_inference_batch([wave])[:3]
        raw = network({"wav": torch.stack(windows), "mask": torch.stack(masks)})
        axes = np.stack([raw[axis].numpy().reshape(-1) for axis in AXES], 1)
        scaled = axes * [scales[axis]["std"] for axis in AXES] + [scales[axis]["mean"] for axis in AXES]
        states = [first[-1].transpose(0, 1), layers[5][-1][0], layers[11][-1][0]]
        few = torch.stack([state.transpose(0, 1)[:, ::50, :64] for state in states])
        found |= {
            f"{name}/wave4096": wave[0, :4096].numpy(),
            f"{name}/hidden_0_6_12": few.numpy(),
            f"{name}/raw_axes": axes,
            f"{name}/scores": np.average(scaled, axis=0, weights=weights).astype(np.float32),
        }
    return found


if __name__ == "__main__":
    main("audiobox", make)
