"""MMAudio, for omni-bench: a program for an environment of its own. Video, text or both to sound.

git clone https://github.com/hkchengrex/MMAudio && pip install -e MMAudio
omni-bench run --track vt2a --model "cmd:/envs/mmaudio/bin/python mmaudio.py --folder MMAudio --device cuda"

Published figures are of small_16k to large_44k; large_44k_v2 scores worse, as its authors say.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import Any

import torch

from ._program import serve


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--folder", default=".", help="the clone; weights are fetched into it")
    parser.add_argument("--variant", default="large_44k", help="small_16k, small_44k, medium_44k, large_44k(_v2)")
    parser.add_argument("--dtype", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--guidance", type=float, default=4.5)
    parser.add_argument("--negative-prompt", default="")


def load(settings: Namespace) -> Any:  # noqa: ANN401 - the publisher's objects
    """Returns the variant, its network and its encoders."""
    os.chdir(settings.folder)
    from mmaudio.eval_utils import all_model_cfg
    from mmaudio.model.networks import get_my_mmaudio
    from mmaudio.model.utils.features_utils import (
        FeaturesUtils,
    )

    variant, dtype = all_model_cfg[settings.variant], getattr(torch, settings.dtype)
    variant.download_if_needed()
    network = get_my_mmaudio(variant.model_name).to(settings.device, dtype).eval()
    network.load_weights(torch.load(variant.model_path, map_location=settings.device, weights_only=True))
    encoders = FeaturesUtils(
        tod_vae_ckpt=variant.vae_path,
        synchformer_ckpt=variant.synchformer_ckpt,
        enable_conditions=True,
        mode=variant.mode,
        bigvgan_vocoder_ckpt=variant.bigvgan_16k_path,
        need_vae_encoder=False,
    )
    return variant, network, encoders.to(settings.device, dtype).eval()


def generate(system: Any, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ANN401
    """Returns one candidate, and its sample rate."""
    from mmaudio.eval_utils import generate as sample
    from mmaudio.eval_utils import load_video
    from mmaudio.model.flow_matching import (
        FlowMatching,
    )

    variant, network, encoders = system
    clip = sync = None
    duration = request["duration"]
    if request["video"]:
        video = load_video(request["video"], duration, load_all_frames=False)
        clip, sync = video.clip_frames[None], video.sync_frames[None]
        duration = video.duration_sec  # less by up to an eighth of a second where the picture ends early
    lengths = variant.seq_cfg
    lengths.duration = duration
    network.update_seq_lengths(lengths.latent_seq_len, lengths.clip_seq_len, lengths.sync_seq_len)
    sounds = sample(
        clip,
        sync,
        [request["text"] or ""],
        negative_text=[settings.negative_prompt],
        feature_utils=encoders,
        net=network,
        fm=FlowMatching(min_sigma=0, inference_mode="euler", num_steps=settings.steps),
        rng=torch.Generator(settings.device).manual_seed(request["seed"]),
        cfg_strength=settings.guidance,
    )
    return sounds[0], lengths.sampling_rate


if __name__ == "__main__":
    serve(options, load, generate, needs=[])
