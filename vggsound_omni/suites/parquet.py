"""The manifest of a built suite: a Parquet file with one item a row, complete without any media."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

from .suite import Item, check_id, check_unique, has_control, items_hash

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

FORMAT = 1
"""Version of the file's format; readers refuse later ones."""
_HASHED = ("video_sha256", "audio_sha256")
"""Columns that are part of an item's provenance and say which media it was made with."""
_KEY = b"omni_bench"
_SHA256 = re.compile("[0-9a-f]{64}")
MOST_ROWS = 5_000_000
MOST_BYTES = 2 << 30
"""Of a manifest's rows, unpacked; 15,000 items take 20 MB."""
_BATCH = 64
"""Rows unpacked at once."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A suite as data."""

    name: str  # ``vggsound-omni``, ...
    version: str  # the start of :attr:`list_sha256`
    recipe: dict[str, Any]  # what it was built with: limits, seeds, templates, hashes of tables. No times, no paths
    items: list[Item]
    list_sha256: str  # over the items without the hashes of their media: equal if two suites ask the same
    items_sha256: str  # over the items with the hashes of their media: equal only if every byte of media is


def make_manifest(name: str, items: Sequence[Item], recipe: dict[str, Any]) -> Manifest:
    """Makes a manifest of these items, in their order."""
    listed = hashlib.sha256(items_hash([_without_media(item) for item in items]).encode()).hexdigest()
    return Manifest(
        name=name,
        version=listed[:12],
        recipe=recipe,
        items=list(items),
        list_sha256=listed,
        items_sha256=items_hash(items),
    )


def _without_media(item: Item) -> Item:
    """Returns the item as everyone has it: another copy of a clip may be coded differently and be a frame longer."""
    provenance = {name: value for name, value in item.provenance.items() if name not in _HASHED}
    return Item(**(vars(item) | {"provenance": provenance, "duration": float(round(item.duration))}))


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Writes Parquet; the same manifest gives the same bytes under the same version of pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet

    rows = []
    for item in manifest.items:
        rest = {name: value for name, value in item.provenance.items() if name not in _HASHED}
        coded = {"labels": list(item.labels), "captions": _json(item.captions), "provenance": _json(rest)}
        rows.append(vars(item) | coded | {name: item.provenance.get(name) for name in _HASHED})
    about = {"format": FORMAT} | {name: value for name, value in vars(manifest).items() if name != "items"}
    table = pa.Table.from_pylist(rows, schema=_schema().with_metadata({_KEY: _json(about).encode()}))
    with replacing(path) as temporary:
        pyarrow.parquet.write_table(table, temporary, compression="zstd")


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest, which may be a stranger's, and checks it against its own hashes.

    Raises:
        UserError: there is no such file, it is not a manifest, is of a later format, was changed since it was written,
            or holds what no build writes: an id that is not a file name, a malformed hash, a value of another type.
    """
    about, rows = _read(path)
    items = [_item(row, f"{path}, row {number}") for number, row in enumerate(rows, 1)]
    check_unique((item.id, f"{path}, row:{number}") for number, item in enumerate(items, 1))
    manifest = make_manifest(about["name"], items, about["recipe"])
    if (manifest.list_sha256, manifest.items_sha256) != (about["list_sha256"], about["items_sha256"]):
        raise UserError(f"{path}: was changed after it was built; its items have another hash. Build or fetch it anew.")
    return manifest


def _read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Returns the file's description of itself and its rows, in bounded memory."""
    import pyarrow.parquet

    if not path.is_file():
        raise UserError(f"{path}: {'is no regular file' if path.exists() else 'there is no such manifest'}.")
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            return _about(path, file.schema_arrow.metadata or {}), _rows(path, file)
    except UserError:
        raise
    except Exception as error:  # damaged files make the reader raise anything: bad UTF-8 is a UnicodeDecodeError
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise UserError(f"{path}: is no Parquet file that can be read ({why!a}).") from error


def _rows(path: Path, file: pq.ParquetFile) -> list[dict[str, Any]]:
    if not file.schema_arrow.equals(_schema(), check_metadata=False):
        raise UserError(f"{path}: has other columns than a suite's manifest; build or fetch it anew.")
    groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
    count, size = file.metadata.num_rows, sum(group.total_byte_size for group in groups)
    values = sum(group.column(k).num_values for group in groups for k in range(group.num_columns))
    if max(count, values // 20) > MOST_ROWS or size > MOST_BYTES:
        raise UserError(f"{path}: says that it has {count:,} rows and {size:,} bytes, more than any suite.")
    rows: list[dict[str, Any]] = []
    left = MOST_BYTES
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        left -= batch.nbytes
        if left < 0:
            raise UserError(f"{path}: unpacks to more than {MOST_BYTES >> 20} MiB, more than any suite.")
        rows += batch.to_pylist()
    return rows


def _about(path: Path, metadata: dict[bytes, bytes]) -> dict[str, Any]:
    if _KEY not in metadata:
        raise UserError(f"{path}: is Parquet, but no manifest of a suite; omni-bench data build writes those.")
    about = _parsed(metadata[_KEY], f"{path}: its description")
    if isinstance(about.get("format"), int) and about["format"] > FORMAT:
        raise UserError(f"{path}: was written by a later version of this program: update it.")
    wanted = {"format": int, "name": str, "recipe": dict, "list_sha256": str, "items_sha256": str}
    for name, kind in wanted.items():
        if not isinstance(about.get(name), kind):
            raise UserError(f"{path}: its description lacks {name}, or has it in another form; build or fetch it anew.")
    check_id(about["name"], f"{path}: its description")
    return about


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, flag = pa.string(), pa.bool_()
    return pa.schema(
        {"id": text, "stratum": text, "duration": pa.float64(), "caption": text, "labels": pa.list_(text)}
        | {"captions": text, "has_video": flag, "has_audio": flag, "provenance": text}
        | dict.fromkeys(_HASHED, text)
    )


def _item(row: dict[str, Any], where: str) -> Item:
    for name in ("id", "stratum", "duration", "labels", "captions", "has_video", "has_audio", "provenance"):
        if row[name] is None:
            raise UserError(f"{where}: has no {name}; build or fetch the manifest anew.")
    check_id(row["id"], where)
    captions = _parsed(row["captions"], f"{where}: captions")
    provenance = _parsed(row["provenance"], f"{where}: provenance")
    provenance |= {name: row[name] for name in _HASHED if row[name] is not None}
    texts = [row["stratum"], row["caption"] or "", *row["labels"], *captions, *captions.values()]
    if not all(isinstance(text, str) and not has_control(text) for text in texts) or not row["stratum"]:
        raise UserError(f"{where}: a caption, a label or the stratum is no text, or has control characters.")
    if not 0 < row["duration"] < math.inf:
        raise UserError(f"{where}: its duration is {row['duration']}; seconds above 0 are expected.")
    for name, value in provenance.items():
        if name.endswith("_sha256") and not (isinstance(value, str) and _SHA256.fullmatch(value)):
            raise UserError(
                f"{where}: {ascii(name[:40])[1:-1]} is {str(value)[:80]!a}; a SHA-256 is 64 digits of 0-9 and a-f."
            )
    for kind in ("video", "audio"):
        if row[f"has_{kind}"] != (f"{kind}_sha256" in provenance):
            raise UserError(f"{where}: an item has {kind} exactly if its provenance has {kind}_sha256.")
    coded = {"labels": tuple(row["labels"]), "captions": captions, "provenance": provenance}
    return Item(**{name: value for name, value in row.items() if name not in _HASHED} | coded)


def _parsed(content: bytes | str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()  # NaN and half characters pass the reader
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} is not valid JSON ({str(error)[:80]!a}).") from None
    if not isinstance(found, dict):
        raise UserError(f"{where} is a JSON {type(found).__name__}; an object is expected.")
    return found


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
