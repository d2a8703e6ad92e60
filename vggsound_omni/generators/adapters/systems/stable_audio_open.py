"""Stable Audio Open by diffusers, for omni-bench: a program for an environment of its own. Text to sound.

pip install torch diffusers transformers accelerate torchsde
omni-bench run --track t2a --model "cmd:/envs/stable-audio/bin/python stable_audio_open.py --device cuda"
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--weights", default="stabilityai/stable-audio-open-1.0", help="a name on the hub, or a folder")
    parser.add_argument("--dtype", default="float32", choices=["float32", "float16", "bfloat16"])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--guidance", type=float, default=7.0)
    parser.add_argument("--negative-prompt")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - a pipeline of diffusers
    """Returns the pipeline."""
    from diffusers import StableAudioPipeline

    dtype = getattr(torch, settings.dtype)
    pipeline = StableAudioPipeline.from_pretrained(settings.weights, torch_dtype=dtype).to(settings.device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def generate(pipeline: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate. The solver's own noise follows torch's generator."""
    longest = pipeline.transformer.config.sample_size * pipeline.vae.hop_length / pipeline.vae.sampling_rate
    if request["duration"] > longest:
        raise ValueError(f"the model makes at most {longest:.2f} s, and {request['duration']} s are asked for")
    (sound,) = pipeline(
        request["text"],
        negative_prompt=settings.negative_prompt,
        audio_end_in_s=request["duration"],
        num_inference_steps=settings.steps,
        guidance_scale=settings.guidance,
        num_waveforms_per_prompt=1,
        generator=torch.Generator().manual_seed(request["seed"]),  # on the CPU, so that every device draws the same
    ).audios
    return sound, pipeline.vae.sampling_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=["text"])
