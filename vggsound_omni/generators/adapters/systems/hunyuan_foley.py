"""HunyuanVideo-Foley, for omni-bench: a program for an environment of its own. Video, or video and text, to sound.

git clone https://github.com/Tencent-Hunyuan/HunyuanVideo-Foley && pip install -r HunyuanVideo-Foley/requirements.txt
huggingface-cli download tencent/HunyuanVideo-Foley --local-dir /weights/foley
omni-bench run --track vt2a --model "cmd:env PYTHONPATH=HunyuanVideo-Foley /envs/foley/bin/python foley.py \
    --folder HunyuanVideo-Foley --weights /weights/foley"

It needs a GPU: its own code moves frames to one. It makes sound for the whole video, up to 15 s.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch

from ._program import serve


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--folder", type=Path, required=True, help="the clone, where the configs are")
    parser.add_argument("--weights", required=True, help="folder of the published files")
    parser.add_argument("--size", default="xxl", choices=["xl", "xxl"])
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--guidance", type=float, default=4.5)
    parser.add_argument("--negative-prompt", help="its own, if none is given")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's objects
    """Returns models and config."""
    from hunyuanvideo_foley.utils.model_utils import load_model

    config = settings.folder / "configs" / f"hunyuanvideo-foley-{settings.size}.yaml"
    return load_model(settings.weights, str(config), torch.device(settings.device), model_size=settings.size)


def generate(system: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate. Its noise follows torch's generator."""
    from hunyuanvideo_foley.utils.feature_utils import (
        feature_process,
    )
    from hunyuanvideo_foley.utils.model_utils import denoise_process

    models, config = system
    pictures, texts, seconds = feature_process(
        request["video"], request["text"] or "", models, config, neg_prompt=settings.negative_prompt
    )
    sounds, sample_rate = denoise_process(
        pictures,
        texts,
        seconds,
        models,
        config,
        guidance_scale=settings.guidance,
        num_inference_steps=settings.steps,
    )
    return sounds[0], sample_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=["video"])
