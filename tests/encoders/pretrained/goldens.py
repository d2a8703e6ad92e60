"""Making a port's golden by its publisher's code: what the scripts ``parity/make_golden.py`` share.

A script runs in an environment that holds the publisher's package, or beside a checkout of it, and this project with
its tests: install the package with ``--no-deps``, since most pin what this project does not. The inputs are those of
:mod:`.inputs` and :mod:`.inputs_video`, the weights those of :mod:`.rule`; ``cases.json`` names the cases and is
written by hand. From the root of the checkout::

    PYTHONPATH=. python vggsound_omni/encoders/pretrained/panns/parity/make_golden.py [--out FOLDER]

It prints how far each output is from the committed golden, and with ``--out`` writes ``golden.npz``.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vggsound_omni.encoders.pretrained.rule import golden, rule_state
from vggsound_omni.media._torchaudio import torchaudio

from .inputs import RATE, make_case

Arrays = dict[str, NDArray[Any]]


def samples(case: Mapping[str, Any]) -> Tensor:
    """(channels, n) of a case at 48 kHz; of several inputs one after another."""
    names = [case["input"]] if isinstance(case["input"], str) else case["input"]
    return torch.from_numpy(np.concatenate([make_case(name)[0] for name in names], axis=1))


def resampled(sound: Tensor, rate: int) -> Tensor:
    """(..., n) at 48 kHz to another rate, as torchaudio does it by default."""
    found: Tensor = torchaudio.functional.resample(sound, RATE, rate)
    return found


def av_benchmark(case: Mapping[str, Any], rate: int) -> Tensor:
    """(1, n) as av-benchmark gives it to most encoders: mono, less the mean of the whole file, resampled, cut."""
    mono = samples(case).mean(0, keepdim=True)
    mono = resampled(mono - mono.mean(), rate)
    return mono[:, : int(rate * case["cut_seconds"])]


def padded(case: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tokens of a caption, with padding behind them, and the mask that tells both apart."""
    behind = case["padded_length"] - len(case["input_ids"])
    tokens = torch.tensor([case["input_ids"] + [case["pad_id"]] * behind])
    mask = torch.arange(case["padded_length"])[None] < case["attention_mask_ones"]
    return {"input_ids": tokens, "attention_mask": mask.long()}


def scaled(frames: Tensor) -> Tensor:
    """Frames (time, channels, height, width), their short side at 224 pixels, as av-benchmark scales them."""
    height, width = frames.shape[-2:]
    size = int(224 * height / min(height, width)), int(224 * width / min(height, width))
    return F.interpolate(frames, size=size, mode="bicubic", antialias=True)


def filled(network: Any, name: str, prefix: str = "") -> Any:  # a class without types
    """Puts rule-made weights into a publisher's network; what the rule does not make stays as its code makes it.

    Args:
        network: the publisher's.
        name: of our encoder.
        prefix: of the published keys that belong to the network; taken off.
    """
    state = {key.removeprefix(prefix): tensor for key, tensor in rule_state(name, (prefix,) if prefix else ()).items()}
    own = network.state_dict()
    unknown = [key for key in state if key not in own]
    if unknown:
        sys.exit(f"The publisher's network has no {unknown[0]} (and {len(unknown) - 1} more keys).")
    network.load_state_dict(own | state)
    return network.eval()


def captured(module: nn.Module) -> list[Any]:
    """A list that every output of a module is appended to."""
    found: list[Any] = []
    module.register_forward_hook(lambda _module, _inputs, output: found.append(output))
    return found


def module_of(checkout: Path, name: str) -> Any:
    """A module of a publisher's checkout."""
    sys.path.insert(0, str(checkout))
    return import_module(name)


def main(name: str, make: Callable[[Path | None], Arrays], *, checkout: bool = False) -> None:
    """Makes the golden, compares it with the committed one, and writes it if asked.

    Args:
        name: of the encoder.
        make: runs the publisher's code; takes the checkout.
        checkout: whether the publisher's code comes as a checkout, named on the command line.
    """
    parser = argparse.ArgumentParser(description=f"Makes the golden of {name} by its publisher's code.")
    if checkout:
        parser.add_argument("checkout", type=Path, help="of the publisher's repository")
    parser.add_argument("--out", type=Path, help="folder to write golden.npz to")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    with torch.inference_mode():
        made = make(arguments.checkout if checkout else None)
    committed = golden(name)
    if missing := sorted(committed.keys() ^ made.keys()):
        print(f"only in one of both: {', '.join(missing)}")  # noqa: T201
    apart: dict[str, float] = defaultdict(float)
    for key in committed.keys() & made.keys():
        output = key.rpartition("/")[2]
        apart[output] = max(apart[output], float(np.abs(made[key].astype(np.float64) - committed[key]).max()))
    for output, largest in sorted(apart.items()):
        print(f"{output:24} differs by {largest:.1e} at most")  # noqa: T201
    if arguments.out:
        np.savez_compressed(arguments.out / "golden.npz", allow_pickle=False, **made)
