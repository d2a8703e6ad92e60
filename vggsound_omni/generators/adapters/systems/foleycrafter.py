"""FoleyCrafter, for omni-bench: a program for an environment of its own. Video, or video and text, to sound.

git clone https://github.com/open-mmlab/FoleyCrafter && cd FoleyCrafter
conda env create -f requirements/environment.yaml
omni-bench run --track vt2a --model "cmd:/envs/foleycrafter/bin/python foleycrafter_adapter.py --folder FoleyCrafter"

It makes 10 s of mono at 16 kHz, of which the seconds asked for are kept. The onsets of its time detector steer it.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve

WIDTH, SECONDS, RATE = 1024, 10, 16_000  # of its spectrograms


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--folder", required=True, help="the clone; weights are fetched into its checkpoints/")
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--semantic-scale", type=float, default=1.0)
    parser.add_argument("--temporal-scale", type=float, default=0.2)
    parser.add_argument("--negative-prompt", default="")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's objects
    """Returns its pipeline, vocoder, time detector and image encoder."""
    os.chdir(settings.folder)
    sys.path.insert(0, ".")
    from inference import build_models
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    theirs = Namespace(
        ckpt="checkpoints/",
        pretrain="auffusion/auffusion-full-no-adapter",
        device=settings.device,
        semantic_scale=settings.semantic_scale,
    )
    pipeline, vocoder, detector = build_models(theirs)
    encoder = CLIPVisionModelWithProjection.from_pretrained("h94/IP-Adapter", subfolder="models/image_encoder")
    return pipeline, vocoder, detector, CLIPImageProcessor(), encoder.to(settings.device)


def generate(system: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    from foleycrafter.pipelines.auffusion_pipeline import (
        denormalize_spectrogram,
    )
    from foleycrafter.utils.util import read_frames_with_moviepy
    from inference import video_transform

    if request["duration"] > SECONDS:
        raise ValueError(f"the model makes {SECONDS} s, and {request['duration']} s are asked for")
    pipeline, vocoder, detector, processor, encoder = system
    frames, seconds = read_frames_with_moviepy(request["video"], max_frame_nums=150)
    small = video_transform(torch.FloatTensor(frames).permute(0, 3, 1, 2))
    onsets = torch.sigmoid(detector({"frames": small.unsqueeze(0).permute(0, 2, 1, 3, 4)}))[0]
    columns = min(WIDTH, int(WIDTH / SECONDS * seconds))
    sounding = [1.0 if onsets[int(i / (WIDTH / SECONDS * seconds) * 150)] >= 0.5 else -1.0 for i in range(columns)]
    when = torch.tensor(sounding + [-1.0] * (WIDTH - columns)).repeat(1, 1, 256, 1).to(settings.device)
    images = processor(images=frames, return_tensors="pt").to(settings.device)
    seen = encoder(**images).image_embeds.mean(0, keepdim=True)[None, None]
    spectrogram = pipeline(
        prompt=request["text"] or "",
        negative_prompt=settings.negative_prompt,
        ip_adapter_image_embeds=torch.cat([torch.zeros_like(seen), seen], dim=1),
        image=when,
        controlnet_conditioning_scale=settings.temporal_scale,
        num_inference_steps=settings.steps,
        height=256,
        width=WIDTH,
        output_type="pt",
        generator=torch.Generator(settings.device).manual_seed(request["seed"]),
    ).images[0]
    sound = vocoder.inference(denormalize_spectrogram(spectrogram), lengths=SECONDS * RATE)[0]
    return torch.as_tensor(sound)[None], RATE


if __name__ == "__main__":
    serve(options, load, generate, needs=["video"])
