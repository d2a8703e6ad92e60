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
    offset: int  # byte of the tar at which its content begins
    size: int  # bytes


def members(path: Path) -> Iterator[Member]:
    """Yields the files of an uncompressed tar, from its headers alone.

    Raises:
        UserError: it is not such a tar, or is truncated.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            yield from _files(tar, path)
    except UserError:
        raise
    except Exception as error:  # damaged headers make the reader raise ValueError, RecursionError and others
        raise UserError(f"{path}: is no uncompressed tar that can be read ({str(error)[:80]!a}).") from error


def _files(tar: tarfile.TarFile, path: Path) -> Iterator[Member]:
    length = path.stat().st_size
    while (header := tar.next()) is not None:
        if header.size < 0 or header.offset_data + (header.size if header.isfile() else 0) > length:
            raise UserError(f"{path}: is truncated within {header.name[:80]!a}; write or download it again.")
        if header.isfile():
            yield Member(header.name.removeprefix("./"), header.offset_data, header.size)
