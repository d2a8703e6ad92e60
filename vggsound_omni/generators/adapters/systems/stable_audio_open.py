"""Stable Audio Open by diffusers, for omni-bench: a program for an environment of its own. Text to sound.

pip install torch diffusers transformers accelerate torchsde
omni-bench run --track t2a --model "cmd:/envs/stable-audio/bin/python stable_audio_open.py --device cuda"

Each line on stdin asks for a sound, each line on stdout answers; all else goes to stderr.
"""

from __future__ import annotations

import argparse
import array
import json
import sys
import wave
from typing import Any

import torch


def load(weights: str, device: str, dtype: str) -> Any:  # noqa: ANN401 - a pipeline of diffusers
    """Returns the pipeline on a device.

    Args:
        weights: a name on the hub, or a folder.
        device: as torch writes it.
        dtype: float32, float16 or bfloat16.
    """
    from diffusers import StableAudioPipeline

    pipeline = StableAudioPipeline.from_pretrained(weights, torch_dtype=getattr(torch, dtype)).to(device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def generate(pipeline: Any, request: dict[str, Any], settings: argparse.Namespace) -> torch.Tensor:  # noqa: ANN401
    """Returns one sound, (channels, samples) within [-1, 1], of one candidate drawn from the request's seed."""
    longest = pipeline.transformer.config.sample_size * pipeline.vae.hop_length / pipeline.vae.sampling_rate
    if request["duration"] > longest:
        raise ValueError(f"the model makes at most {longest:.2f} s, and {request['duration']} s are asked for")
    # On the CPU, so that every device draws the same; the solver's own noise is seeded by the pipeline's generator too.
    torch.manual_seed(request["seed"])
    (sound,) = pipeline(
        request["text"],
        negative_prompt=settings.negative_prompt,
        audio_end_in_s=request["duration"],
        num_inference_steps=settings.steps,
        guidance_scale=settings.guidance,
        num_waveforms_per_prompt=1,
        generator=torch.Generator().manual_seed(request["seed"]),
    ).audios
    return sound.float().cpu().clamp(-1, 1)


def write(path: str, sound: torch.Tensor, sample_rate: int) -> None:
    """Writes 16-bit WAV."""
    with wave.open(path, "wb") as file:
        file.setparams((len(sound), 2, sample_rate, 0, "NONE", ""))
        file.writeframes(array.array("h", (sound.T.reshape(-1) * 32767).round().to(torch.int16).tolist()).tobytes())


def main() -> None:
    """Answers until stdin closes."""
    options = argparse.ArgumentParser()
    options.add_argument("--weights", default="stabilityai/stable-audio-open-1.0")
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--dtype", default="float32", choices=["float32", "float16", "bfloat16"])
    options.add_argument("--steps", type=int, default=100)
    options.add_argument("--guidance", type=float, default=7.0)
    options.add_argument("--negative-prompt")
    settings = options.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr
    pipeline = load(settings.weights, settings.device, settings.dtype)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if not request["text"]:
                raise ValueError("it takes text, and this request has none")  # noqa: TRY301
            write(request["output"], generate(pipeline, request, settings), pipeline.vae.sampling_rate)
            answer = {"id": request["id"], "audio": request["output"]}
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            answer = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
