"""The manifest of a built suite: a Parquet file with one item a row, complete without any media."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.files import replacing

from .items import Item, check_id, items_hash

FORMAT = 1
"""Of the file; readers refuse later ones."""
_HASHED = ("video_sha256", "audio_sha256")
"""Columns that are part of an item's provenance and say which media it was made with."""
_KEY = b"omni_bench"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A suite as data."""

    name: str
    """``vggsound-omni`` and so on."""
    version: str
    """The start of :attr:`list_sha256`."""
    recipe: dict[str, Any]
    """What it was built with: limits, seeds, templates, hashes of tables. No times, no paths."""
    items: list[Item]
    list_sha256: str
    """Over the items without the hashes of their media: two suites ask the same if this is equal."""
    items_sha256: str
    """Over the items with the hashes of their media: equal only where every byte of media is."""


def make_manifest(name: str, items: Sequence[Item], recipe: dict[str, Any]) -> Manifest:
    """A manifest of these items, in their order."""
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
    """The item as everyone has it: an own copy of a clip may be coded otherwise and be a frame longer."""
    provenance = {name: value for name, value in item.provenance.items() if name not in _HASHED}
    return Item(**(vars(item) | {"provenance": provenance, "duration": float(round(item.duration))}))


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Writes Parquet; the same manifest gives the same bytes under the same version of pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet

    rows = []
    for item in manifest.items:
        rest = {name: value for name, value in item.provenance.items() if name not in _HASHED}
        rows.append(
            {
                "id": item.id,
                "stratum": item.stratum,
                "duration": item.duration,
                "caption": item.caption,
                "labels": list(item.labels),
                "captions": _json(item.captions),
                "has_video": item.has_video,
                "has_audio": item.has_audio,
                "provenance": _json(rest),
                **{name: item.provenance.get(name) for name in _HASHED},
            }
        )
    text, flag = pa.string(), pa.bool_()
    schema = pa.schema(
        {"id": text, "stratum": text, "duration": pa.float64(), "caption": text, "labels": pa.list_(text)}
        | {"captions": text, "has_video": flag, "has_audio": flag, "provenance": text}
        | dict.fromkeys(_HASHED, text)
    )
    about = {
        "format": FORMAT,
        "name": manifest.name,
        "version": manifest.version,
        "recipe": manifest.recipe,
        "list_sha256": manifest.list_sha256,
        "items_sha256": manifest.items_sha256,
    }
    table = pa.Table.from_pylist(rows, schema=schema.with_metadata({_KEY: _json(about).encode()}))
    with replacing(path) as temporary:
        pyarrow.parquet.write_table(table, temporary, compression="zstd")


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest and makes sure that it is what it says.

    Raises:
        UserError: no such file, no manifest, of a later format, or changed since it was written.
    """
    import pyarrow as pa
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such manifest.") from None
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path}: is no Parquet file that can be read ({str(error).splitlines()[0]}).") from error
    metadata = table.schema.metadata or {}
    if _KEY not in metadata:
        raise UserError(f"{path}: is Parquet, but no manifest of a suite; omni-bench data build writes those.")
    about = json.loads(metadata[_KEY])
    if about["format"] > FORMAT:
        raise UserError(f"{path}: was written by a later version of this program: update it.")
    items = [_item(row) for row in table.to_pylist()]
    for number, item in enumerate(items, 1):
        check_id(item.id, f"{path}, row {number}")
    manifest = make_manifest(about["name"], items, about["recipe"])
    if (manifest.list_sha256, manifest.items_sha256) != (about["list_sha256"], about["items_sha256"]):
        raise UserError(f"{path}: was changed after it was built; its items have another hash. Build or fetch it anew.")
    return manifest


def _item(row: dict[str, Any]) -> Item:
    hashes = {name: row[name] for name in _HASHED if row[name] is not None}
    return Item(
        id=row["id"],
        stratum=row["stratum"],
        duration=row["duration"],
        caption=row["caption"],
        captions=json.loads(row["captions"]),
        labels=tuple(row["labels"]),
        has_video=row["has_video"],
        has_audio=row["has_audio"],
        provenance=json.loads(row["provenance"]) | hashes,
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
