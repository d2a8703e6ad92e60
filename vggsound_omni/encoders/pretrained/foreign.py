"""What another project's package makes of sounds; run only by the interpreter that has it.

``python foreign.py PACKAGE CHECKPOINT SOUNDS.npz OUT.npz``: sounds are arrays (1, samples) at the network's rate, by
name; the outputs are written as ``<name>/<output>``. Imports nothing of this project. Networks are built without their
publisher's download and filled from the checkpoint; a tensor that the checkpoint lacks keeps what the package computes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

SECONDS = 8.0
"""What is compared of a sound."""
Say = Callable[[torch.Tensor], "dict[str, torch.Tensor]"]
"""A sound (1, samples) to outputs."""


def _state(checkpoint: Path, under: str = "", prefix: str = "") -> dict[str, torch.Tensor]:
    if checkpoint.suffix == ".safetensors":
        loaded: dict[str, torch.Tensor] = import_module("safetensors.torch").load_file(str(checkpoint))
        return loaded
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    tensors: dict[str, torch.Tensor] = content[under] if under else content
    return {key[len(prefix) :]: tensor for key, tensor in tensors.items() if key.startswith(prefix)}


def _filled(network: torch.nn.Module, state: dict[str, torch.Tensor]) -> torch.nn.Module:
    network.load_state_dict(network.state_dict() | state)
    return network.eval()


def inside(package: str, module: str) -> Any:  # noqa: ANN401 - a module without types
    """A module of a package that would fetch files from the network if it were imported itself."""
    found = find_spec(package)
    if found is None or found.submodule_search_locations is None:
        raise ModuleNotFoundError(f"No module named '{package}'")
    sys.path[:0] = found.submodule_search_locations
    return import_module(module)


def passt(fill: Callable[[torch.nn.Module], torch.nn.Module]) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The front end of hear21passt, and its whole with a network that ``fill`` has put weights into."""
    exact = torch.stft
    # torch no longer gives pairs of numbers, which the package asks for
    torch.stft = lambda *args, **settings: torch.view_as_real(exact(*args, **settings | {"return_complex": True}))
    mel = import_module("hear21passt.models.preprocess").AugmentMelSTFT(
        n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1024, freqm=48, timem=192, htk=False, fmin=0.0,
        fmax=None, norm=1, fmin_aug_range=10, fmax_aug_range=2000,
    )  # fmt: skip
    net = import_module("hear21passt.models.passt").get_model(arch="passt_s_swa_p16_128_ap476", pretrained=False)
    return mel, import_module("hear21passt.wrapper").PasstBasicWrapper(mel=mel, net=fill(net), mode="all").eval()


def _hear21passt(checkpoint: Path) -> Say:
    _, model = passt(lambda net: _filled(net, _state(checkpoint)))

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        ten = torch.nn.functional.pad(sound[:, :320_000], (0, max(0, 320_000 - sound.shape[1])))
        both = model(ten)
        return {"logits": both[:, :527], "embedding": both[:, 527:]}

    return say


_CNN14 = {
    "sample_rate": 16_000, "window_size": 512, "hop_size": 160, "mel_bins": 64, "fmin": 50, "fmax": 8_000,
    "classes_num": 527,
}  # fmt: skip


def panns() -> torch.nn.Module:
    """The network of panns-inference."""
    network: torch.nn.Module = import_module("panns_inference.models").Cnn14(**_CNN14)
    return network


def _panns_inference(checkpoint: Path) -> Say:
    network = _filled(panns(), _state(checkpoint, "model"))

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        out = network(sound, None)
        return {"embedding": out["embedding"], "probabilities": out["clipwise_output"]}

    return say


def _frechet_audio_distance(checkpoint: Path) -> Say:
    network = _filled(inside("frechet_audio_distance", "models.pann").Cnn14_16k(**_CNN14), _state(checkpoint, "model"))
    return lambda sound: {"embedding": network(sound, None)["embedding"]}


def ms_clap() -> torch.nn.Module:
    """The tower of sound of msclap, with its projection."""
    settings = "HTSAT", 768, 1024, 44_100, 1024, 320, 64, 50, 8_000, 527
    network: torch.nn.Module = import_module("msclap.models.clap").AudioEncoder(*settings)
    return network


def _msclap(checkpoint: Path) -> Say:
    network = _filled(ms_clap(), _state(checkpoint, "model", "audio_encoder."))

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        seven = sound.repeat(1, -(-308_700 // sound.shape[1]))[:, :308_700]
        embedding, probabilities = network(seven)
        return {"embedding": embedding, "probabilities": probabilities}

    return say


def laion_clap() -> torch.nn.Module:
    """The tower of sound of laion-clap."""
    settings = SimpleNamespace(
        model_name="base", model_type="HTSAT", class_num=527, sample_rate=48_000, window_size=1024, hop_size=480,
        mel_bins=64, fmin=50, fmax=14_000, clip_samples=480_000, audio_length=1024,
    )  # fmt: skip
    network: torch.nn.Module = inside("laion_clap", "clap_module.htsat").create_htsat_model(settings)
    return network


def _laion_clap(checkpoint: Path) -> Say:
    state = _state(checkpoint, "state_dict", "module.")
    tower = {key.removeprefix("audio_branch."): t for key, t in state.items() if key.startswith("audio_branch.")}
    network = _filled(laion_clap(), tower)
    weights = [state[f"audio_projection.{layer}.{part}"] for layer in (0, 2) for part in ("weight", "bias")]

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        repeated = sound.repeat(1, max(1, 480_000 // sound.shape[1]))
        ten = torch.nn.functional.pad(repeated, (0, 480_000 - repeated.shape[1]))
        latent = network({"waveform": ten, "longer": torch.tensor([False])}, device="cpu")["embedding"]
        first = torch.nn.functional.linear(latent, *weights[:2]).relu()
        return {"embedding": torch.nn.functional.normalize(torch.nn.functional.linear(first, *weights[2:]), dim=-1)}

    return say


_AUDIOBOX = {
    "proj_num_layer": 5,
    "proj_ln": True,
    "proj_act_fn": "gelu",
    "proj_dropout": 0.0,
    "nth_layer": 13,
    "use_weighted_layer_sum": True,
    "precision": "32",
    "normalize_embed": True,
    "output_dim": 1,
}


def _audiobox_aesthetics(checkpoint: Path) -> Say:
    network = import_module("audiobox_aesthetics.model.aes").AesMultiOutput
    plain = {axis: {"mean": 0.0, "std": 1.0} for axis in ("CE", "CU", "PC", "PQ")}
    filled = _filled(network(**_AUDIOBOX, target_transform=plain), _state(checkpoint))
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "checkpoint.pt"
        torch.save(
            {
                "state_dict": {f"model.{key}": tensor for key, tensor in filled.state_dict().items()},
                "model_cfg": _AUDIOBOX,
                "target_transform": plain,
            },
            form,
        )
        predictor = import_module("audiobox_aesthetics.infer").AesPredictor(checkpoint_pth=str(form))

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        (row,) = predictor.forward([{"path": sound, "sample_rate": 16_000}])
        return {"raw_axes": torch.tensor([[row[axis] for axis in ("CE", "CU", "PC", "PQ")]])}

    return say


@dataclass(frozen=True)
class Package:
    """Another project's package, by its name on the package index."""

    encoder: str  # which of ours it is compared with
    load: Callable[[Path], Say]
    seconds: float = SECONDS  # at most: what is longer would be cut at random places by the package


PACKAGES = {
    "hear21passt": Package("passt", _hear21passt),
    "panns-inference": Package("panns", _panns_inference),
    "frechet-audio-distance": Package("panns", _frechet_audio_distance),
    "msclap": Package("ms-clap", _msclap, seconds=7.0),
    "laion-clap": Package("laion-clap", _laion_clap),
    "audiobox-aesthetics": Package("audiobox", _audiobox_aesthetics),
}


def main() -> None:
    """Reads sounds, writes what the package makes of them."""
    package, checkpoint, sounds, out = sys.argv[1:]
    del sys.path[0]  # this folder, whose modules bear the names of packages
    torch.manual_seed(0)
    say = PACKAGES[package].load(Path(checkpoint))
    found: dict[str, np.ndarray] = {}
    with np.load(sounds) as file, torch.inference_mode():
        for name in file:
            for output, values in say(torch.from_numpy(file[name])).items():
                found[f"{name}/{output}"] = values[0].float().numpy()
    np.savez(out, allow_pickle=False, **found)


if __name__ == "__main__":
    main()
