"""AudioX, for omni-bench: a program for an environment of its own. Video, text or both to sound.

conda create -n audiox python=3.8.20 && conda activate audiox && conda install -c conda-forge ffmpeg libsndfile
pip install git+https://github.com/ZeyueT/AudioX
omni-bench run --track vt2a --model "cmd:/envs/audiox/bin/python audiox.py --device cuda"

It makes 10 s, of which the seconds asked for are kept. As in its authors' script each sound is as loud as full scale
allows, so that levels say nothing of the model; --keep-level leaves that out.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve

SECONDS = 10  # that it was trained on


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--weights", default="HKUSTAudio/AudioX", help="a name on the hub")
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--guidance", type=float, default=7.0)
    parser.add_argument("--prompt", default="Generate general audio for the video", help="where a request has no text")
    parser.add_argument("--keep-level", action="store_true")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's objects
    """Returns the model and its config."""
    from stable_audio_tools import get_pretrained_model

    model, config = get_pretrained_model(settings.weights)
    return model.to(settings.device).eval(), config


def generate(system: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    from stable_audio_tools.data.utils import (
        load_and_process_audio,
        read_video,
    )
    from stable_audio_tools.inference.generation import (
        generate_diffusion_cond,
    )

    if request["duration"] > SECONDS:
        raise ValueError(f"the model makes {SECONDS} s, and {request['duration']} s are asked for")
    model, config = system
    video = read_video(request["video"], seek_time=0, duration=SECONDS, target_fps=config["video_fps"])
    sounds = generate_diffusion_cond(
        model,
        steps=settings.steps,
        cfg_scale=settings.guidance,
        conditioning=[
            {
                "video_prompt": [video.unsqueeze(0)],
                "text_prompt": request["text"] or settings.prompt,
                "audio_prompt": load_and_process_audio(None, config["sample_rate"], 0, SECONDS).unsqueeze(0),
                "seconds_start": 0,
                "seconds_total": SECONDS,
            }
        ],
        sample_size=config["sample_size"],
        seed=request["seed"],
        device=settings.device,
        sampler_type="dpmpp-3m-sde",
        sigma_min=0.3,
        sigma_max=500,
    )
    sound = sounds[0].float()
    return sound if settings.keep_level else sound / sound.abs().max(), config["sample_rate"]


if __name__ == "__main__":
    serve(options, load, generate, needs=[])
