"""Who publishes the weights of each encoder, under which licence, and where they are found. Imports no torch.

Sizes and SHA-256 are as several public projects that pulled the files noted them, where they agree with each other and
with the size that the manifest implies; none could be pulled and computed here. VGGish's file carries the first eight
digits in its name. A file without a noted hash is trusted when it first arrives, and must stay as it was from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

from .manifest import NAMES, manifest


@dataclass(frozen=True)
class Hub:
    """A file of a repository on the Hugging Face hub."""

    repository: str
    file: str
    revision: str = "main"

    def __str__(self) -> str:
        return f"{self.repository}/{self.file} on the Hugging Face hub"


@dataclass(frozen=True)
class Address:
    """A file behind an address."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published file."""

    name: str
    source: Hub | Address
    size: int | None = None
    """Bytes, where they are known."""
    sha256: str | None = None
    """Where it is known."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What an encoder needs, and on which terms."""

    name: str
    publisher: str
    page: str
    """Where the publisher describes it and its terms."""
    licence: str
    restricted: bool
    """The licence must be accepted before the first pull: it forbids some uses, commercial ones for example."""
    scores: str
    """Metrics that need it."""
    files: tuple[Published, ...]
    """The checkpoint, then what its text tower or its output needs; all lie in one folder."""

    @property
    def checkpoint(self) -> Published:
        """The file with the tensors."""
        return self.files[0]


def _checkpoint(name: str, source: Hub | Address, size: int | None, sha256: str) -> Published:
    return Published(name=manifest(name).file, source=source, size=size, sha256=sha256)


def _byte_pairs(repository: str) -> tuple[Published, ...]:
    """Vocabulary and merges of a byte-pair tokeniser, as transformers reads them."""
    return tuple(Published(name=name, source=Hub(repository, name)) for name in ("vocab.json", "merges.txt"))


_AUDIOBOX = "9b1dd8e5df9af7216e836a98974fe3b82c56ded6"

_ALL = (
    Weights(
        name="vggish",
        publisher="Google; torch version by H. Taylor",
        page="https://github.com/harritaylor/torchvggish",
        licence="Apache-2.0",
        restricted=False,
        scores="FD-VGG (FAD)",
        files=(
            _checkpoint(
                "vggish",
                Address("https://github.com/harritaylor/torchvggish/releases/download/v0.1/vggish-10086976.pth"),
                None,
                "10086976245803799d9194e9a73d9b6c1549c71d1b80106f5cade5608a561f4b",
            ),
        ),
    ),
    Weights(
        name="panns",
        publisher="Q. Kong and others, University of Surrey",
        page="https://zenodo.org/records/3987831",
        licence="CC BY 4.0 (code: MIT)",
        restricted=False,
        scores="FD, KL, IS",
        files=(
            _checkpoint(
                "panns",
                Address("https://zenodo.org/records/3987831/files/Cnn14_16k_mAP%3D0.438.pth?download=1"),
                358_668_570,
                "e2ee543a27919542c2ea03eabaa70b24dcd4e6c8e05621de6b67a94e4c5058e6",
            ),
        ),
    ),
    Weights(
        name="passt",
        publisher="K. Koutini and others, JKU Linz",
        page="https://github.com/kkoutini/PaSST",
        licence="Apache-2.0",
        restricted=False,
        scores="FD-PaSST, KL-PaSST",
        files=(
            _checkpoint(
                "passt",
                Address(
                    "https://github.com/kkoutini/PaSST/releases/download/v0.0.1-audioset/passt-s-f128-p16-s10-ap.476-swa.pt"
                ),
                344_665_734,
                "302903fa8c4aee817b11dc982da0b29aaf8d11a3e722420476d0a12c9db70c2c",
            ),
        ),
    ),
    Weights(
        name="audiobox",
        publisher="Meta (FAIR)",
        page="https://github.com/facebookresearch/audiobox-aesthetics",
        licence="CC BY 4.0",
        restricted=False,
        scores="PQ, PC, CU, CE",
        files=(
            _checkpoint(
                "audiobox",
                Hub("facebook/audiobox-aesthetics", "model.safetensors", _AUDIOBOX),
                415_472_992,
                "a5a3c2412649cc2384ec525ffd5180ce6c4778f43bed6108e0a1303de04d014e",
            ),
            Published(name="config.json", source=Hub("facebook/audiobox-aesthetics", "config.json", _AUDIOBOX)),
        ),
    ),
    Weights(
        name="imagebind",
        publisher="Meta (FAIR)",
        page="https://github.com/facebookresearch/ImageBind",
        licence="CC BY-NC-SA 4.0: no commercial use",
        restricted=True,
        scores="IB",
        files=(
            _checkpoint(
                "imagebind",
                Address("https://dl.fbaipublicfiles.com/imagebind/imagebind_huge.pth"),
                4_803_584_173,
                "d6f6c22bedcc90708448d5d2fbb7b2db9c73f505dc89bd0b2e09b23af1b62157",
            ),
            *_byte_pairs("openai/clip-vit-large-patch14"),
        ),
    ),
    Weights(
        name="synchformer",
        publisher="V. Iashin and others; file of tensors by H. K. Cheng (MMAudio)",
        page="https://github.com/v-iashin/Synchformer",
        licence="MIT",
        restricted=False,
        scores="DS (DeSync)",
        files=(
            _checkpoint(
                "synchformer",
                Address("https://github.com/hkchengrex/MMAudio/releases/download/v0.1/synchformer_state_dict.pth"),
                950_058_171,
                "8aff082f2df5c3bc52759db0c865c7ee772ae6400b860d1b7e90413f2defb67c",
            ),
        ),
    ),
    Weights(
        name="ms-clap",
        publisher="Microsoft",
        page="https://github.com/microsoft/CLAP",
        licence="MS-PL (code: MIT)",
        restricted=False,
        scores="MS-CLAP",
        files=(
            _checkpoint(
                "ms-clap",
                Hub("microsoft/msclap", "CLAP_weights_2023.pth"),
                689_950_036,
                "2cef4016d47d00eb28d153d522f397222057f95000e9bad6b9583c631284a1e6",
            ),
            *_byte_pairs("openai-community/gpt2"),
        ),
    ),
    Weights(
        name="laion-clap",
        publisher="LAION",
        page="https://github.com/LAION-AI/CLAP",
        licence="CC0 1.0 (package: Apache-2.0)",
        restricted=False,
        scores="LA-CLAP",
        files=(
            _checkpoint(
                "laion-clap",
                Hub("lukewys/laion_clap", "music_speech_audioset_epoch_15_esc_89.98.pt"),
                2_352_471_003,
                "51c68f12f9d7ea25fdaaccf741ec7f81e93ee594455410f3bca4f47f88d8e006",
            ),
            *_byte_pairs("FacebookAI/roberta-base"),
        ),
    ),
)

CATALOGUE = {weights.name: weights for weights in _ALL}
"""The weights of every encoder of :data:`.manifest.NAMES`, in that order."""

assert tuple(CATALOGUE) == NAMES
