"""MOSS-SoundEffect v2, for omni-bench: a program for an environment of its own. Text to sound.

git clone https://github.com/OpenMOSS/MOSS-TTS && cd MOSS-TTS/moss_soundeffect_v2
pip install --extra-index-url https://download.pytorch.org/whl/cu128 -e ".[torch-cu128]"
omni-bench run --track t2a --model "cmd:env TORCHDYNAMO_DISABLE=1 /envs/moss/bin/python moss.py --device cuda"
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument(
        "--weights", default="OpenMOSS-Team/MOSS-SoundEffect-v2.0", help="a name on the hub, or a folder"
    )
    parser.add_argument("--dtype", default="bfloat16", choices=["float32", "float16", "bfloat16"])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--shift", type=float, default=5.0)


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's object
    """Returns the pipeline."""
    from moss_soundeffect_v2 import MossSoundEffectPipeline

    dtype = getattr(torch, settings.dtype)
    return MossSoundEffectPipeline.from_pretrained(settings.weights, torch_dtype=dtype, device=settings.device)


def generate(pipeline: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    (sound,) = pipeline(
        prompt=request["text"],
        seconds=-(-request["duration"] * 10 // 1) / 10,  # it knows tenths; what is too long is cut
        num_inference_steps=settings.steps,
        cfg_scale=settings.guidance,
        sigma_shift=settings.shift,
        seed=request["seed"],
    )
    return sound, pipeline.sample_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=["text"])
