"""Trains the nano autoencoder on FoleyWorld sound: ``python -m reference_model.autoencoder.train --out DIR``.

The same command resumes from the last checkpoint, and finally writes ``DIR/autoencoder.safetensors``. With
``--encoder`` only the decoder is trained, so that transformers that learnt the latents need not be trained again.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from safetensors.torch import load_file
from torch import Generator, Tensor

from reference_model.pretraining import Schedule, pretrain
from reference_model.rates import SAMPLE_RATE, SAMPLES_PER_LATENT
from vggsound_omni.encoders.foleyworld.data import Shard, shards

from .config import NANO
from .files import NAME, read_config, write
from .losses import divergence, reconstruction
from .network import Autoencoder, parted
from .spectral import ENCODER, Spectral

WEIGHTS = {"log_magnitude": 1.0, "convergence": 0.3, "spread": 0.1, "divergence": 2e-3}
"""Weights of the parts of the loss."""
BATCH = 24
CROP = 24 * SAMPLES_PER_LATENT  # samples per item (0.96 s)
CERTAINTY = -4.0
"""Initial deviation of the posterior, before softplus: the decoder learns to ignore latents that start as noise."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoint and weights.")
@click.option("--encoder", type=click.Path(path_type=Path), help="Keep the encoder in this folder; train the decoder.")
@click.option("--scenes", default=6000, show_default=True, help="Scenes of FoleyWorld's train split.")
@click.option("--steps", default=6000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=2, show_default=True, help="Threads of torch.")
def main(out: Path, encoder: Path | None, scenes: int, steps: int, seed: int, threads: int) -> None:
    """Trains the nano autoencoder; prints the loss on scenes it was not trained on."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    sounds, console = shards("train", scenes, coded=False), Console()
    network = learner(encoder)
    body = network.body
    assert isinstance(body, Spectral)  # a nano is
    pretrain(
        network,
        lambda generator: losses(body, crops(sounds, generator), generator),
        WEIGHTS,
        Schedule(steps=steps, rate=1e-3, decay=1e-4),
        out / "checkpoint.pt",
        seed,
        console,
    )
    if encoder is None:
        scale_latents(network, sounds)
    held_out = validate(body, shards("validation", coded=False))
    console.print({name: round(value, 4) for name, value in held_out.items()})
    write(network, out / NAME)


def learner(encoder: Path | None) -> Autoencoder:
    """Returns a new nano; or that in a folder, with an encoder that does not learn."""
    if encoder is None:
        new = Autoencoder(NANO)
        assert isinstance(new.body, Spectral)  # a nano is
        with torch.no_grad():
            new.body.posterior.bias[NANO.latent_channels :] = CERTAINTY
        return new
    network = Autoencoder(read_config(encoder / NAME))
    network.load_state_dict(load_file(encoder / NAME))
    for name in ENCODER:
        network.body.get_submodule(name).requires_grad_(requires_grad=False)
    return network


def losses(body: Spectral, sound: Tensor, generator: Generator) -> dict[str, Tensor]:
    """Returns the parts of the loss of a batch (b, t); the network runs in bfloat16, the losses in float32."""
    spectra = body.spectra(sound)
    with torch.autocast(sound.device.type, torch.bfloat16):
        mean, deviation = parted(body.compressed(spectra))
        latents = mean + deviation * torch.randn(mean.shape, generator=generator)
        found = body.expanded(latents)
    parts = reconstruction(*found, spectra, SAMPLE_RATE / 2)
    return parts | {"divergence": divergence(mean.float(), deviation.float())}


def crops(sounds: list[Shard], generator: Generator) -> Tensor:
    """Returns a batch of random pieces of random scenes, at random levels (0 to -12 dB)."""
    pieces = []
    for _ in range(BATCH):
        shard = sounds[int(torch.randint(len(sounds), (), generator=generator))]
        row = int(torch.randint(len(shard.keys), (), generator=generator))
        start = int(torch.randint(shard.samples.shape[1] - CROP, (), generator=generator))
        pieces.append(shard.samples[row, start : start + CROP])
    sound = torch.from_numpy(np.stack(pieces).astype(np.float32) / 2**15)
    gain = 10 ** (-0.6 * torch.rand(BATCH, 1, generator=generator))
    return sound * gain


@torch.inference_mode()
def scale_latents(network: Autoencoder, sounds: list[Shard], scenes: int = 480) -> None:
    """Sets the mean and deviation of each latent channel, measured over some scenes of every shard."""
    count = max(1, scenes // len(sounds))
    latents = []
    for shard in track(sounds, "Measuring latents"):
        samples = torch.from_numpy(shard.samples[:count].astype(np.float32) / 2**15)
        latents.append(network.posterior(samples)[0].flatten(0, 1))
    together = torch.cat(latents)
    network.mean.copy_(together.mean(0))
    network.deviation.copy_(together.std(0))


@torch.inference_mode()
def validate(body: Spectral, sounds: list[Shard]) -> dict[str, float]:
    """Returns the mean of each part of the reconstruction loss over whole clips of the validation split."""
    rows = []
    for shard in sounds:
        for start in range(0, min(32, len(shard.keys)), 8):
            spectra = body.spectra(torch.from_numpy(shard.samples[start : start + 8].astype(np.float32) / 2**15))
            found = body.expanded(parted(body.compressed(spectra))[0])
            rows.append(reconstruction(*found, spectra, SAMPLE_RATE / 2))
    return {name: float(torch.stack([row[name] for row in rows]).mean()) for name in rows[0]}


if __name__ == "__main__":
    main()
