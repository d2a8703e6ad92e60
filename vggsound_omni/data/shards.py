"""Tar shards in WebDataset's form: files of one sample share the name before the first dot."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vggsound_omni.errors import UserError


class Member(NamedTuple):
    """One file within a tar."""

    name: str
    offset: int
    """Byte of the tar at which its content begins."""
    size: int
    """Bytes."""


def members(path: Path) -> Iterator[Member]:
    """The files of an uncompressed tar, from its headers alone.

    Raises:
        UserError: it is no such tar, or truncated.
    """
    length = path.stat().st_size
    try:
        with tarfile.open(path, "r:") as tar:
            while (header := tar.next()) is not None:
                if not header.isfile():
                    continue
                if header.offset_data + header.size > length:
                    raise UserError(f"{path}: is truncated within {header.name}; write or download it again.")
                yield Member(header.name.removeprefix("./"), header.offset_data, header.size)
    except tarfile.TarError as error:
        raise UserError(f"{path}: is no uncompressed tar that can be read ({error}).") from error
