"""Mutated tables and suite folders: each is read or refused with a sentence, and only the cache is written to."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vggsound_omni.io import compute_sha256
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.parquet import make_manifest, write_manifest
from vggsound_omni.suites.suite import Item, check_id, items_hash

from . import FINDING, running
from .media import mutated
from .running import outcome

KINDS = ("csv", "tsv", "jsonl", "parquet", "parquet values", "places", "places values")
_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 7, 1.5, 1 << 60, 1 << 200, float("nan"), float("inf"), 1e308),
    *("", " ", "..", "../../up", "/etc/passwd", "CON", "nul.txt", "a\0b", "\x1b[2J", "\ud800", "\u202ea", "\ufeff"),
    *("a" * 5000, "x.py", "0" * 64, "F" * 64, "../" * 30 + "tmp/x", [], ["a"], {}, {"a": 1}, [[[]]], "rain.wav"),
)
_TEXTS = (
    '"',
    ",",
    "\t",
    "\n",
    "\r",
    "\0",
    "\ufeff",
    ";",
    "[",
    "{",
    '"id":',
    "id",
    "../",
    "é",
    "\ud7ff",
    "1e999",
    "NaN",
)


def campaign(n: int, seed: int, seconds: float) -> Counter[str]:
    """Mutates ``n`` tables and suite folders; an outcome is one that was read, or refused in a sentence."""
    return running.campaign(attempt, n, seed, seconds)


def attempt(given: tuple[int, int]) -> list[str]:
    """Makes one mutant, opens it and asks for its media."""
    seed, k = given
    rng = np.random.default_rng([seed, k])
    kind = KINDS[k % len(KINDS)]
    where = f"--seed {seed}, input {k}: {kind}"
    with tempfile.TemporaryDirectory(prefix="omni-bench-fuzz-") as top:
        folder, cache = Path(top, "in"), Path(top, "cache")
        folder.mkdir()
        os.environ["OMNI_BENCH_CACHE"] = str(cache)
        _write(folder)
        name = str(folder)
        if kind in ("csv", "tsv", "jsonl"):
            path = folder / f"table.{kind}"
            path.write_bytes(_table(path.read_bytes(), rng))
            name = f"manifest:{path}"
        elif kind == "parquet":
            path = folder / "suite.parquet"
            path.write_bytes(mutated(path.read_bytes(), rng))
        elif kind == "parquet values":
            _odd_manifest(folder / "suite.parquet", rng)
        elif kind == "places":
            path = folder / "places.json"
            path.write_bytes(_table(path.read_bytes(), rng))
        else:
            path = folder / "places.json"
            path.write_text(json.dumps(_odd(json.loads(path.read_text()), rng)))
        before = _files(folder)
        came = [outcome(kind, lambda: _use(name, folder), where)]
        if _files(folder) != before:
            came.append(f"{FINDING}: a file of the folder was written or changed ({where})")
        strays = {path.relative_to(top).parts[:2] for path in Path(top).rglob("*") if path.is_file()}
        if {parts for parts in strays if parts[0] != "in" and parts != ("cache", "data")}:
            came.append(f"{FINDING}: files were written to {sorted(strays)} ({where})")
        return came


def _use(name: str, folder: Path) -> str | None:
    """Does with a suite what a run does; says what is wrong with what it gives."""
    suite = open_suite(name)
    items = suite.items()
    for item in items:
        check_id(item.id, "fuzz")
        if not 0 < item.duration < float("inf"):
            return f"gives the duration {item.duration}"
    items_hash(items)
    json.dumps([item.record() for item in items], allow_nan=False)
    suite.check(items)
    promised = {compute_sha256(path) for path in folder.glob("*.wav")}
    for item in items:
        media = suite.media(item)
        for kind, path in (("video", media.video), ("audio", media.audio)):
            if path is None or name.startswith("manifest:"):
                continue
            if not path.is_file() or compute_sha256(path) != item.provenance[f"{kind}_sha256"]:
                return f"gives a {kind} that is not what the manifest promises"
            if compute_sha256(path) not in promised:
                return f"gives {path}, which is no file of the suite"
    return None


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _table(content: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, or a piece of text put somewhere."""
    if rng.random() < 0.4:
        return mutated(content, rng)
    text = content.decode()
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(text) + 1))
        piece = _TEXTS[rng.integers(len(_TEXTS))] * int(rng.choice([1, 1, 1, 3, 2000]))
        text = text[:at] + piece + text[at + int(rng.choice([0, 0, 1, 8])) :]
    return text.encode(errors="surrogatepass")


def _odd(value: Any, rng: np.random.Generator) -> Any:
    """A JSON value with one part of it exchanged for something odd."""
    if rng.random() < 0.25 or not isinstance(value, dict | list) or not value:
        return _ODD[rng.integers(len(_ODD))]
    if isinstance(value, list):
        at = int(rng.integers(len(value)))
        return [*value[:at], _odd(value[at], rng), *value[at + 1 :]]
    key = list(value)[rng.integers(len(value))]
    if rng.random() < 0.1:
        return {name: one for name, one in value.items() if name != key}
    return value | {key: _odd(value[key], rng)}


def _odd_manifest(path: Path, rng: np.random.Generator) -> None:
    """Exchanges a value, a column or the description, and writes the hashes that go with it, as a stranger would."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"omni_bench"])
    if rng.random() < 0.7:
        items = [_odd_item(item, rng) if rng.random() < 0.6 else item for item in _items()]
        try:
            write_manifest(path, make_manifest("strange", items, about["recipe"]))
        except Exception:  # noqa: BLE001
            return  # not even a stranger can write that
    elif rng.random() < 0.5:
        told = json.dumps(_odd(about, rng)).encode()
        pq.write_table(table.replace_schema_metadata({b"omni_bench": told}), path)
    else:
        names = table.column_names
        at = int(rng.integers(len(names)))
        if rng.random() < 0.5:
            table = table.drop_columns([names[at]])
        else:
            odd: list[Any] = [b"\xff", None, 7, 1.5]
            value = odd[rng.integers(len(odd))]
            table = table.set_column(at, names[at], [pa.array([value] * table.num_rows)])
        pq.write_table(table, path)


def _odd_item(item: Item, rng: np.random.Generator) -> Item:
    record = item.record()
    name = list(record)[rng.integers(len(record))]
    record[name] = _odd(record[name], rng) if rng.random() < 0.7 else _ODD[rng.integers(len(_ODD))]
    return Item(**record)


@lru_cache(maxsize=1)
def _sound(k: int) -> Audio:
    samples = np.random.default_rng(k).normal(0, 0.1, (1, 8_000)).astype(np.float32)
    return Audio(samples=samples, sample_rate=16_000)


def _write(folder: Path) -> None:
    """A suite of a sound on its own and one within a tar, and tables that list both."""
    for name, k in (("rain", 0), ("wind", 1)):
        write_wav(folder / f"{name}.wav", _sound(k), "PCM_16")
    with tarfile.open(folder / "media.tar", "w") as tar:
        tar.add(folder / "wind.wav", "x/wind.wav")
    with tarfile.open(folder / "media.tar") as tar:
        header = tar.getmember("x/wind.wav")
    size = (folder / "rain.wav").stat().st_size
    places = {
        "rain": {"audio": {"path": "rain.wav", "offset": 0, "size": size, "member": ""}},
        "wind": {
            "audio": {"path": "media.tar", "offset": header.offset_data, "size": header.size, "member": header.name}
        },
    }
    (folder / "places.json").write_text(json.dumps(places, indent=1))
    _HASHES.update({name: compute_sha256(folder / f"{name}.wav") for name in places})
    write_manifest(folder / "suite.parquet", make_manifest("strange", _items(), {"seed": 0}))
    rows = [("rain", "Rain, on a roof", "rain.wav", "rain;roof", "0.5"), ("wind", "Wind", "wind.wav", "wind", "")]
    names = ("id", "caption", "audio", "labels", "duration")
    for suffix, mark, line in (("csv", ",", '"{}"'), ("tsv", "\t", "{}")):
        lines = [mark.join(line.format(value) for value in row) for row in (names, *rows)]
        (folder / f"table.{suffix}").write_text("\n".join(lines) + "\n")
    records = [dict(zip(names, row, strict=True)) | {"more": {"a": [1, 2]}} for row in rows]
    (folder / "table.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


_HASHES: dict[str, str] = {}
"""SHA-256 of the sounds, which are always the same."""


def _items() -> list[Item]:
    return [
        Item(
            id=name,
            stratum="main",
            duration=0.5,
            caption=f"The {name}.",
            captions={"label": name},
            labels=(name,),
            has_video=False,
            provenance={"audio_sha256": sha256, "source": "fuzz", "facts": {"a": [1]}},
        )
        for name, sha256 in _HASHES.items()
    ]
