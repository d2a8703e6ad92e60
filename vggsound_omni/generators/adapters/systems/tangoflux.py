"""TangoFlux, for omni-bench: a program for an environment of its own. Text to sound.

pip install git+https://github.com/declare-lab/TangoFlux
omni-bench run --track t2a --model "cmd:/envs/tangoflux/bin/python tangoflux.py --device cuda"

Its own generate() draws the same noise for every prompt; this program passes each request's seed.
"""

from __future__ import annotations

import inspect
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch

from ._program import serve

LONGEST = 30.0  # seconds that its duration embedding knows


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--weights", default="declare-lab/TangoFlux", help="a name on the hub, or a folder")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--guidance", type=float, default=4.5)


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's object
    """Returns network and autoencoder."""
    import tangoflux

    if Path(settings.weights).is_dir():  # its constructor asks the hub in any case
        tangoflux.snapshot_download = lambda repo_id: repo_id
    return tangoflux.TangoFluxInference(name=settings.weights, device=settings.device)


def generate(system: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    if request["duration"] > LONGEST:
        raise ValueError(f"the model makes at most {LONGEST:g} s, and {request['duration']} s are asked for")
    sampler = system.model.inference_flow
    seed = {"seed": request["seed"]} if "seed" in inspect.signature(sampler).parameters else {}  # 0 unless it is given
    latents = sampler(
        request["text"],
        duration=request["duration"],
        num_inference_steps=settings.steps,
        guidance_scale=settings.guidance,
        **seed,
    )
    return system.vae.decode(latents.transpose(2, 1)).sample[0], system.vae.config.sampling_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=["text"])
