"""LTX-2 in its video-to-audio mode, for omni-bench: a program for an environment of its own. Video and text to sound.

git clone https://github.com/Lightricks/LTX-2 && pip install -e LTX-2/packages/ltx-core -e LTX-2/packages/ltx-pipelines
omni-bench run --track vt2a --model "cmd:/envs/ltx-2/bin/python ltx_2.py --weights ltx-2.safetensors --gemma gemma/"

The picture is kept as it is and only sound is made: the publisher's retake pipeline with regenerate_video off, given a
video without sound. It needs the program ffmpeg, since the model takes 8k + 1 frames and sizes that 32 divides.
"""

from __future__ import annotations

import subprocess
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch

from ._program import serve

FRAME_RATE = 24


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--weights", required=True, help="the checkpoint, of all parts in one file")
    parser.add_argument("--gemma", required=True, help="folder of the text encoder")
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--full", action="store_true", help="the weights are not the distilled ones")
    parser.add_argument("--steps", type=int, default=40, help="with --full")
    parser.add_argument("--negative-prompt", default="", help="with --full")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's object
    """Returns the pipeline."""
    from ltx_pipelines.retake import RetakePipeline
    from ltx_pipelines.utils.model_paths import ModelPaths

    paths = ModelPaths.from_monolith(settings.weights, settings.gemma)
    return RetakePipeline(paths, loras=[], device=torch.device(settings.device), distilled=not settings.full)


def generate(pipeline: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    from ltx_pipelines.utils.constants import detect_params

    guiders = detect_params(settings.weights)
    frames = 8 * -(-round(request["duration"] * FRAME_RATE) // 8) + 1
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "video.mp4"
        shape = f"fps={FRAME_RATE},scale={settings.width}:{settings.height},tpad=stop_mode=clone:stop_duration=2"
        command = ["ffmpeg", "-v", "error", "-i", request["video"], "-an", "-vf", shape, "-frames:v", str(frames)]
        subprocess.run([*command, "-c:v", "libx264", "-crf", "12", str(video)], check=True)
        _, sound, _ = pipeline(
            str(video),
            request["text"],
            start_time=0.0,
            end_time=frames / FRAME_RATE,
            seed=request["seed"],
            negative_prompt=settings.negative_prompt,
            num_inference_steps=settings.steps,
            video_guider_params=guiders.video_guider_params,
            audio_guider_params=guiders.audio_guider_params,
            regenerate_video=False,
        )
    return sound.waveform.reshape(-1, sound.waveform.shape[-1]), sound.sampling_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=["video", "text"])
