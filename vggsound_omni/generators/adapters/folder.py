"""``dir:PATH``: answers generated elsewhere, one file an item, named by its id."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.protocol import Audio, Request

from .answer_file import read_answer

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".mp4")
"""Suffixes of files that are answers, in any case."""


class Folder:
    """Answers with the files of a folder, such as ``dog1.wav``."""

    def __init__(self, address: str) -> None:
        """Lists the files; nothing is decoded yet.

        Args:
            address: the folder.

        Raises:
            UserError: no such folder, no sound in it, or two files for one id.
        """
        self._folder = Path(address).expanduser()
        if not self._folder.is_dir():
            raise UserError(f'"dir:{address}": there is no folder {self._folder}.')
        self._files: dict[str, Path] = {}
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                continue
            other = self._files.setdefault(path.stem, path)
            if other != path:
                raise UserError(
                    f'"dir:{address}": {other.name} and {path.name} both answer the item "{path.stem}"; keep one.'
                )
        if not self._files:
            raise UserError(f'"dir:{address}": the folder holds none of {", ".join(SUFFIXES)}.')

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns the files' sound at their own sample rate.

        Raises:
            ConformanceError: ``missing``, there is no file of that name or it cannot be read.
        """
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        if request.id not in self._files:
            raise ConformanceError(
                "missing", f"there is no {self._folder / request.id} with any of {', '.join(SUFFIXES)}"
            )
        return read_answer(self._files[request.id], request)
