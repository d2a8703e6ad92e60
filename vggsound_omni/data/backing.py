"""Synthetic background music: a piece mixed under a clip at a random loudness, and named in its caption."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.io import compute_sha256
from vggsound_omni.media import probe, read_audio, resample, write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.places import SOUNDS, Place
from vggsound_omni.suites.suite import Item

from .checks import on_disk
from .entries import joined_text
from .local_clips import Clip
from .loudness import Samples, loudness, true_peak
from .problems import Problem
from .tables import ColumnMap, as_text, read_table
from .texts import mended

PIECES: dict[str, tuple[str, ...]] = {
    "id": ("id", "ytid", "file", "filename", "name"),
    "caption": ("caption", "description", "text"),
    "licence": ("licence", "license"),
    "start": ("start_s", "start"),
}
"""What a table of music says; MusicCaps' own columns are among these."""
_MEDIA = re.compile(r"\.[A-Za-z0-9]{2,4}$")


@dataclass(frozen=True, kw_only=True)
class Backing:
    """How music is mixed in; recorded with the suite."""

    music: Path  # a folder of pieces
    table: Path  # their captions: any table, MusicCaps' among them
    count: int  # items to make
    seed: int = 0
    relative_lu: tuple[float, float] = (-12.0, 0.0)
    """The music's loudness above that of the clip, drawn between these two (LU)."""
    fade: float = 0.5  # seconds of fading in and out (a raised cosine)
    ceiling_dbtp: float = -1.0  # the mix's true peak lies at or below this; a louder mix is turned down as a whole
    quiet_lufs: float = -45.0
    """A clip that is softer counts as this loud, so that music under near silence can be heard."""
    template: str = "{caption} In the background, music plays: {music}."

    def record(self) -> dict[str, Any]:
        """Returns these settings as JSON, with the hash of the table."""
        rest = {name: value for name, value in asdict(self).items() if name not in ("music", "table")}
        return rest | {"table": compute_sha256(self.table)}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of music."""

    id: str
    path: Path
    caption: str
    licence: str


def read_pieces(backing: Backing) -> list[Piece]:
    """Returns the pieces that have both a file and a caption, by id.

    Raises:
        UserError: there are none, or the table cannot be read.
    """
    table = read_table(backing.table)
    columns = ColumnMap(PIECES).of(table, backing.table, ("id", "caption"))
    files: dict[str, Path] = {}
    for path in sorted(backing.music.rglob("*")):
        if path.suffix.lower() in (*SOUNDS, ".mp4"):
            files.setdefault(path.stem, path)
    pieces = {}
    for _, row in table.rows:
        cells = {name: as_text(row.get(column)) for name, column in columns.items()}
        caption, _ = mended(cells["caption"])
        file = next((files[stem] for stem in _stems(cells) if stem in files), None)
        if file is not None and caption:
            piece_id = _MEDIA.sub("", cells["id"])
            pieces[piece_id] = Piece(id=piece_id, path=file, caption=caption, licence=cells.get("licence", ""))
    if not pieces:
        raise UserError(f"{backing.music}: holds no sound that {backing.table.name} has a caption for.")
    return [pieces[piece_id] for piece_id in sorted(pieces)]


def _stems(cells: Mapping[str, str]) -> Iterator[str]:
    """Yields the names that downloaders give a piece: its id, ID and span in brackets, ``ID_START``."""
    name = _MEDIA.sub("", cells["id"])
    yield name
    start = cells.get("start", "").removesuffix(".0")
    if start.isdigit():
        yield from (f"[{name}]-[{start}-{int(start) + 10}]", f"{name}_{start}", f"{name}_{start.zfill(6)}")


def add_music(
    items: Sequence[Item], places: Mapping[str, Clip], backing: Backing, out: Path
) -> tuple[list[Item], dict[str, Clip], list[Problem]]:
    """Makes ``count`` items with music from those of ``main``, chosen by seed and id, and writes their sound.

    Which clip, which piece, where it begins and how loud it is depend only on the seed and the clip's id.

    Returns:
        The new items (``ID-bgm``); their files, the clip's own picture and a WAV in ``out/bgm``; and a problem for
        each that is left out because the clip or its music cannot be read.

    Raises:
        UserError: too few clips or no music.
    """
    pieces = read_pieces(backing)
    bases = sorted((i for i in items if i.stratum == "main" and i.has_audio), key=lambda i: _key(backing.seed, i.id))
    if len(bases) < backing.count:
        raise UserError(f"{backing.count} items with music are wanted, but only {len(bases)} clips of main have sound.")
    made: list[Item] = []
    files: dict[str, Clip] = {}
    problems: list[Problem] = []
    for base in sorted(bases[: backing.count], key=lambda item: item.id):
        try:
            item, clip = _with_music(base, places[base.id], pieces, backing, out)
        except UserError as error:
            problems.append(Problem(f"{base.id}-bgm", "unreadable", str(error), left_out=True))
            continue
        made.append(item)
        files[item.id] = clip
    return made, files, problems


def _with_music(base: Item, clip: Clip, pieces: Sequence[Piece], backing: Backing, out: Path) -> tuple[Item, Clip]:
    """One item with music, and its files."""
    rng = np.random.default_rng(int(_key(backing.seed, base.id), 16) % 2**64)
    piece = pieces[int(rng.integers(len(pieces)))]
    relative, begins = float(rng.uniform(*backing.relative_lu)), float(rng.random())
    source = clip.audio or clip.video
    assert source is not None, "an item has a file"
    mix = mixed(_sound(source, base.duration), _music(piece), relative, begins, backing)
    item_id = f"{base.id}-bgm"
    target = out.absolute() / "bgm" / f"{item_id}.wav"
    write_wav(target, mix, "PCM_16")
    drawn = {"relative_lu": round(relative, 3), "begins": round(begins, 6)}
    music = {"id": piece.id, "caption": piece.caption, "licence": piece.licence, **drawn}
    item = replace(
        base,
        id=item_id,
        stratum="bgm",
        duration=probe(target).duration if clip.video is None else base.duration,
        caption=joined_text(base.caption or "", piece.caption, backing.template),
        captions=base.captions | {"without_music": base.caption or ""},
        provenance=base.provenance | {"base": base.id, "music": music, "audio_sha256": compute_sha256(target)},
    )
    return item, Clip(video=clip.video, audio=Place(path=str(target), size=target.stat().st_size))


def _sound(source: Place, seconds: float) -> Audio:
    with on_disk(source) as path:
        try:
            return read_audio(path, mono=False, seconds=seconds)
        except UserError as error:
            raise UserError(str(error).replace(str(path), source.name)) from error


def _music(piece: Piece) -> Audio:
    try:
        return read_audio(piece.path, mono=False)
    except UserError as error:
        raise UserError(str(error).replace(str(piece.path), piece.path.name)) from error


def mixed(sound: Audio, music: Audio, relative_lu: float, begins: float, backing: Backing) -> Audio:
    """Mixes music under a sound: cuts and fades it, sets its loudness, adds it, and keeps the mix below the ceiling.

    Args:
        sound: the clip's.
        music: the piece; looped if it is shorter.
        relative_lu: the music's loudness above the clip's, in LU.
        begins: where in the piece to begin: 0 its start, 1 as late as its length allows.
        backing: the other settings.

    Returns:
        One channel or two, as the clip has, at its rate and of its length.
    """
    rate, length = sound.sample_rate, sound.samples.shape[1]
    base = sound.samples[:2].astype(np.float64)
    under = _cut(
        resample(_channels(music.samples, len(base)), music.sample_rate, rate).astype(np.float64), length, begins
    )
    under *= _fades(length, round(backing.fade * rate))
    heard, level = loudness(base, rate), loudness(under, rate)
    if np.isfinite(level):
        under *= 10 ** ((max(heard, backing.quiet_lufs) + relative_lu - level) / 20)
    mix = base + under
    ceiling, peak = 10 ** (backing.ceiling_dbtp / 20), true_peak(mix)
    if peak > ceiling:
        mix *= ceiling / peak
    return Audio(samples=mix.astype(np.float32), sample_rate=rate)


def _channels(samples: np.ndarray, count: int) -> np.ndarray:
    if len(samples) == count:
        return samples
    mono = samples.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.repeat(mono, count, axis=0)


def _cut(samples: Samples, length: int, begins: float) -> Samples:
    if samples.shape[1] < length:
        samples = np.tile(samples, (1, -(-length // samples.shape[1])))
    start = int(begins * (samples.shape[1] - length))
    return samples[:, start : start + length].copy()


def _fades(length: int, fade: int) -> Samples:
    ramp = np.clip((np.arange(length) + 0.5) / max(1, min(fade, length // 2)), 0, 1)
    rise: Samples = 0.5 - 0.5 * np.cos(np.pi * ramp)
    return rise * rise[::-1]


def _key(seed: int, item_id: str) -> str:
    return hashlib.sha256(f"{seed}:bgm:{item_id}".encode()).hexdigest()
