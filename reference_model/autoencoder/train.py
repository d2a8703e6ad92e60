"""Trains the autoencoder on FoleyWorld sound: ``python -m reference_model.autoencoder.train --out DIR``.

The same command goes on from the last checkpoint. ``DIR/autoencoder.safetensors`` is what it ends with.
"""

from __future__ import annotations

import math
from pathlib import Path

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from safetensors.torch import save_file
from torch import Tensor

from reference_model.autoencoder.config import NANO
from reference_model.autoencoder.losses import divergence, reconstruction, total
from reference_model.autoencoder.network import Autoencoder
from reference_model.rates import SAMPLE_RATE
from vggsound_omni.encoders.foleyworld.data import Shard, shards
from vggsound_omni.files import replacing

WEIGHTS = {"convergence": 1.0, "log_magnitude": 1.0, "waveform": 10.0, "divergence": 1e-3}
"""Of the parts of the loss."""
BATCH = 16
CROP = SAMPLE_RATE
"""Samples of each of a batch."""
RATE = 1.5e-3
"""Highest learning rate, after the warm-up; then a quarter of a cosine to a hundredth of it."""
WARM_UP = 100
CHECKPOINT_EVERY = 100
LINE_EVERY = 20


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoint and weights.")
@click.option("--scenes", default=6000, show_default=True, help="Scenes of FoleyWorld's train split.")
@click.option("--steps", default=4000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=2, show_default=True, help="Threads of torch.")
def main(out: Path, scenes: int, steps: int, seed: int, threads: int) -> None:
    """Trains the nano autoencoder; prints the loss on scenes it was not trained on."""
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    train_shards, console = shards("train", scenes), Console()
    network = train(train_shards, out / "checkpoint.pt", steps, seed, console)
    scale_latents(network, train_shards)
    held_out = validate(network, shards("validation"))
    console.print({name: round(value, 4) for name, value in held_out.items()})
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with replacing(out / "autoencoder.safetensors") as path:
        save_file(weights, path)


def train(sounds: list[Shard], path: Path, steps: int, seed: int, console: Console) -> Autoencoder:
    """From the checkpoint, or from the start, to the last step."""
    torch.manual_seed(seed)
    network = Autoencoder(NANO)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.8, 0.99), weight_decay=1e-4)
    generator = torch.Generator().manual_seed(seed)
    first = 0
    if path.exists():
        state = torch.load(path, weights_only=True, mmap=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        generator.set_state(state["generator"])
        first = int(state["step"])
    for step in range(first, steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * _schedule(step, steps)
        parts = losses(network, crops(sounds, generator), generator)
        loss = total(parts, WEIGHTS)
        if not math.isfinite(float(loss.detach())):
            raise click.ClickException(f"The loss is not finite at step {step}.")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if step % LINE_EVERY == 0:
            words = "  ".join(f"{name} {float(part.detach()):.4f}" for name, part in parts.items())
            console.print(f"{step:6d}  {words}", highlight=False)
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == steps:
            _keep(path, network, optimiser, generator, step + 1)
    return network


def losses(network: Autoencoder, sound: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
    """The parts of the loss for a batch (b, t); networks run in bfloat16 where that is safe, losses in float32."""
    with torch.autocast(sound.device.type, torch.bfloat16):
        mean, deviation = network.posterior(sound)
        latents = mean + deviation * torch.randn(mean.shape, generator=generator)
        found = network.sound(latents)
    return reconstruction(found.float(), sound) | {"divergence": divergence(mean.float(), deviation.float())}


def crops(sounds: list[Shard], generator: torch.Generator) -> Tensor:
    """A batch of pieces of one second of drawn scenes, at drawn loudness (0 to -12 dB, either sign)."""
    pieces = []
    for _ in range(BATCH):
        shard = sounds[int(torch.randint(len(sounds), (), generator=generator))]
        row = int(torch.randint(len(shard.keys), (), generator=generator))
        start = int(torch.randint(shard.samples.shape[1] - CROP, (), generator=generator))
        pieces.append(shard.samples[row, start : start + CROP])
    sound = torch.from_numpy(np.stack(pieces).astype(np.float32) / 2**15)
    gain = 10 ** (-0.6 * torch.rand(BATCH, 1, generator=generator))
    sign = torch.randint(2, (BATCH, 1), generator=generator) * 2 - 1
    return sound * gain * sign


@torch.inference_mode()
def scale_latents(network: Autoencoder, sounds: list[Shard], scenes: int = 500) -> None:
    """Measures mean and deviation of each latent channel over some scenes of every shard."""
    count = max(1, scenes // len(sounds))
    latents = []
    for shard in track(sounds, "Measuring latents"):
        samples = torch.from_numpy(shard.samples[:count].astype(np.float32) / 2**15)
        latents.append(network.posterior(samples)[0].flatten(0, 1))
    together = torch.cat(latents)
    network.mean.copy_(together.mean(0))
    network.deviation.copy_(together.std(0))


@torch.inference_mode()
def validate(network: Autoencoder, sounds: list[Shard]) -> dict[str, float]:
    """Mean of each part of the reconstruction loss over whole clips of the validation split."""
    rows = []
    for shard in sounds:
        for start in range(0, min(64, len(shard.keys)), 8):
            sound = torch.from_numpy(shard.samples[start : start + 8].astype(np.float32) / 2**15)
            rows.append(reconstruction(network.decode(network.encode(sound))[:, : sound.shape[1]], sound))
    return {name: float(torch.stack([row[name] for row in rows]).mean()) for name in rows[0]}


def _schedule(step: int, steps: int) -> float:
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / max(1, steps - WARM_UP)))


def _keep(
    path: Path, network: Autoencoder, optimiser: torch.optim.Optimizer, generator: torch.Generator, step: int
) -> None:
    with replacing(path) as part:
        torch.save(
            {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "generator": generator.get_state(),
                "step": step,
            },
            part,
        )


if __name__ == "__main__":
    main()
