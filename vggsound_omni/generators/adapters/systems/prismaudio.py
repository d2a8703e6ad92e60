"""PrismAudio, for omni-bench: a program for an environment of its own. Video and text to sound.

git clone -b prismaudio https://github.com/FunAudioLLM/ThinkSound PrismAudio && cd PrismAudio
scripts/PrismAudio/setup/build_env.sh && git clone https://huggingface.co/FunAudioLLM/PrismAudio ckpts
omni-bench run --track vt2a --model "cmd:/envs/prismaudio/bin/python prismaudio.py --folder PrismAudio"

It calls its authors' own two scripts for each clip, which load everything anew each time: slow, but theirs. They want a
description with four chains of thought; a plain caption is less than the model was trained on, so say which you gave.
Their scripts make each sound as loud as full scale allows. Two of these programs need two clones.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import wave
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch

from ._program import serve


def options(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--folder", type=Path, required=True, help="the clone, with the weights in ckpts/")


def load(settings: Namespace) -> Path:
    """Returns the clone's folder, in which the scripts leave everything."""
    folder: Path = settings.folder.resolve()
    for name in ("videos", "cot_coarse", "results"):
        (folder / name).mkdir(exist_ok=True)
    return folder


def generate(folder: Path, request: dict[str, Any], settings: Namespace) -> tuple[torch.Tensor, int]:  # noqa: ARG001
    """Returns one candidate, and its sample rate."""
    shutil.copy(request["video"], folder / "videos" / "demo.mp4")
    with (folder / "cot_coarse" / "cot.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "caption_cot"], ["demo", request["text"]]])
    for left in (folder / "results").rglob("demo.*"):
        left.unlink()
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=1"]
    predict = [sys.executable, "predict.py", "--model-config", "PrismAudio/configs/model_configs/prismaudio.json"]
    predict += ["--duration-sec", str(request["duration"]), "--ckpt-dir", "ckpts/prismaudio.ckpt"]
    predict += ["--results-dir", "results", "--seed", str(request["seed"])]
    for command in ([*torchrun, "data_utils/prismaudio_data_process.py", "--inference_mode", "True"], predict):
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
    (path,) = (folder / "results").rglob("demo.wav")
    with wave.open(str(path)) as file:
        samples = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
        return samples.reshape(-1, file.getnchannels()).T / 32768, file.getframerate()


if __name__ == "__main__":
    serve(options, load, generate, needs=["video", "text"])
