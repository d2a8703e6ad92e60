"""AudioLDM 2 by diffusers, for omni-bench: a program for an environment of its own. Text to sound.

pip install torch "diffusers>=0.35" "transformers<5" accelerate
omni-bench run --track t2a --model "cmd:/envs/audioldm-2/bin/python audioldm_2.py --device cuda"

With --candidates 3, as its authors publish, its own CLAP chooses the best of three: say so in the model's card.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--weights", default="cvssp/audioldm2", help="a name on the hub, or a folder")
    parser.add_argument("--dtype", default="float32", choices=["float32", "float16", "bfloat16"])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--guidance", type=float, default=3.5)
    parser.add_argument("--negative-prompt")
    parser.add_argument("--candidates", type=int, default=1, help="made of each prompt, of which CLAP takes the best")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - a pipeline of diffusers
    """Returns the pipeline."""
    from diffusers import AudioLDM2Pipeline

    dtype = getattr(torch, settings.dtype)
    pipeline = AudioLDM2Pipeline.from_pretrained(settings.weights, torch_dtype=dtype).to(settings.device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def generate(pipeline: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns the best of the candidates, and its sample rate."""
    sounds = pipeline(
        request["text"],
        negative_prompt=settings.negative_prompt,
        audio_length_in_s=request["duration"],
        num_inference_steps=settings.steps,
        guidance_scale=settings.guidance,
        num_waveforms_per_prompt=settings.candidates,
        generator=torch.Generator().manual_seed(request["seed"]),
    ).audios
    return torch.as_tensor(sounds[0])[None], pipeline.vocoder.config.sampling_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=["text"])
