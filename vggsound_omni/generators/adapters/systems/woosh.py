"""Woosh, for omni-bench: a program for an environment of its own. Text, video, or both to sound.

git clone https://github.com/SonyResearch/Woosh && cd Woosh && uv sync --extra cuda
gh release download v1.0.0 && unzip '*.zip'
omni-bench run --track t2a --model "cmd:Woosh/.venv/bin/python woosh.py --folder Woosh --network Woosh-DFlow"
omni-bench run --track vt2a --model "cmd:Woosh/.venv/bin/python woosh.py --folder Woosh --network Woosh-DVFlow-8s"
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve

RATE, LATENT_RATE, CHANNELS = 48_000, 100, 128  # of sound and latents
NETWORKS = ("Woosh-Flow", "Woosh-DFlow", "Woosh-VFlow-8s", "Woosh-DVFlow-8s")


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--folder", required=True, help="the clone, with the weights in checkpoints/")
    parser.add_argument("--network", required=True, choices=NETWORKS)
    parser.add_argument("--guidance", type=float, help="its own scripts': 4.5, of DVFlow 3")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's objects
    """Returns network and video encoder."""
    os.chdir(settings.folder)
    from woosh.components.base import LoadConfig

    where = LoadConfig(path=f"checkpoints/{settings.network}")
    network: Any
    if "-D" in settings.network:
        from woosh.model.flowmap_from_pretrained import FlowMapFromPretrained

        network = FlowMapFromPretrained(where)
    else:
        from woosh.model.ldm import LatentDiffusionModel

        network = LatentDiffusionModel(where)
    network = network.eval().to(settings.device)
    if "VFlow" not in settings.network:
        return network, None
    from woosh.utils.video import SynchformerProcessor

    return network, SynchformerProcessor(frame_rate=24).eval().to(settings.device)


def generate(system: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    network, eyes = system
    given: dict[str, Any] = {"audio": None, "description": [request["text"] or ""]}
    if eyes is not None:
        from woosh.utils.videoio import extract_video_frames

        if not request["video"]:
            raise ValueError("it takes video, and this request has none")
        frames, frame_rate, _ = extract_video_frames(request["video"], start_time=0, end_time=request["duration"])
        given["synch_out"] = eyes(frames.to(settings.device), frame_rate)["synch_out"]
    elif not request["text"]:
        raise ValueError("it takes text, and this request has none")
    shape = (1, CHANNELS, round(request["duration"] * LATENT_RATE) + 1)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(request["seed"])).to(settings.device)
    condition = network.get_cond(given, no_dropout=True, device=settings.device)
    guidance = settings.guidance or (3.0 if "DVFlow" in settings.network else 4.5)
    if "-D" in settings.network:
        from woosh.inference.flowmap_sampler import sample_euler

        latents = sample_euler(
            model=network, noise=noise, cond=condition, num_steps=4, renoise=[0, 0.5, 0.5, 0.3], cfg=guidance
        )
    else:
        from woosh.inference.flowmatching_sampler import (
            flowmatching_integrate,
        )

        latents = flowmatching_integrate(
            network,
            noise=noise,
            cond=condition,
            cfg=guidance,
            atol=0.001,
            rtol=0.001,
            device=settings.device,
            dtype=torch.float64,
        )
    sound = network.autoencoder.inverse(latents)[0]
    return sound / sound.abs().max().clamp(min=1.0), RATE  # scaled down where it would clip, as in its own scripts


if __name__ == "__main__":
    serve(options, load, generate, needs=[])
