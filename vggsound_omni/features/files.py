"""Features of any media files under one pretrained encoder, as ``omni-bench encode`` writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from vggsound_omni.encoders.encoder import AudioEncoder, Outputs, SegmentEncoder, VideoEncoder, unpublished
from vggsound_omni.encoders.preparation import prepare
from vggsound_omni.errors import UserError
from vggsound_omni.media import probe
from vggsound_omni.progress import with_progress
from vggsound_omni.sharding import Shard, shard_of

from .modality import Pictures, Sounds

_AXES = ("ce", "cu", "pc", "pq")


@dataclass(frozen=True, kw_only=True)
class FileFeatures:
    """The features of some files under one encoder."""

    arrays: dict[str, np.ndarray]
    """By ``<stem>/<output>``: ``embedding``, ``logits``, ``axes`` (CE, CU, PC, PQ), or, for encoders that take video
    too, ``audio`` and ``video``. VGGish's embedding has a row for each 0.96 s, Synchformer's features one for each
    segment of 0.64 s."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why a file, or its sound or video, has no features, by ``<stem>`` or ``<stem>/<output>``."""
    warnings: tuple[str, ...] = ()  # caveats about all features, such as weights that are not the published file


def encode_files(
    encoder: AudioEncoder, paths: Sequence[Path], console: Console, shard: Shard | None = None
) -> FileFeatures:
    """Encodes files one by one. A file that cannot be encoded becomes a failure with its reason.

    Args:
        encoder: its declared input says how files are prepared.
        paths: audio or video files, or folders of them.
        console: shows progress.
        shard: the files whose stems are in it; None: all.

    Raises:
        UserError: a file does not exist, or two files have the same stem.
    """
    files = list(_files(paths))
    twice = [stem for stem, count in Counter(path.stem for path in files).items() if count > 1]
    if twice:
        raise UserError(
            f'Two files are called "{twice[0]}", apart from suffix and folder; features are stored under that name.'
        )
    found = FileFeatures(arrays={}, warnings=tuple(unpublished([encoder.card])))
    own = shard_of(files, shard, lambda path: path.stem)
    for path in with_progress(own, len(own), f"Encoding with {encoder.card.name}", console):
        _encode(encoder, path, found)
    return found


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.iterdir() if inner.is_file() and inner.name[0] != ".")
        elif path.is_file():
            yield path
        else:
            raise UserError(f"There is no file {path}.")


def _encode(encoder: AudioEncoder, path: Path, found: FileFeatures) -> None:
    try:
        medium = probe(path)
    except UserError as error:
        found.failures[path.stem] = str(error)
        return
    sees = isinstance(encoder, VideoEncoder)
    if medium.audio is not None or not sees:
        try:
            for output, array in _named(_heard(encoder, path), sees=sees):
                found.arrays[f"{path.stem}/{output}"] = array
        except UserError as error:
            found.failures[f"{path.stem}/audio" if sees else path.stem] = str(error)
    if medium.video is not None and isinstance(encoder, VideoEncoder):
        try:
            found.arrays[f"{path.stem}/video"] = _seen(encoder, path)
        except UserError as error:
            found.failures[f"{path.stem}/video"] = str(error)


def _heard(encoder: AudioEncoder, path: Path) -> Outputs:
    """Returns the outputs for one sound, each with a batch of one."""
    sounds = Sounds(None)
    signal = sounds.decode(path, [sounds.view(encoder)])[sounds.view(encoder)]
    if isinstance(encoder, SegmentEncoder):
        samples = torch.from_numpy(np.atleast_2d(signal.data))
        return {"audio": encoder.heard(prepare(samples[None], int(signal.rate), encoder.audio_input))}
    return sounds.forward(encoder, [signal], "cpu", {})


def _seen(encoder: VideoEncoder, path: Path) -> np.ndarray:
    pictures = Pictures(None)
    signal = pictures.decode(path, [pictures.view(encoder)])[pictures.view(encoder)]
    if isinstance(encoder, SegmentEncoder):
        try:
            return encoder.seen(torch.from_numpy(signal.data)[None])[0].cpu().numpy()
        except UserError as error:
            raise UserError(f"{path}: {error}") from error
    return pictures.forward(encoder, [signal], "cpu", {})["embedding"][0].cpu().numpy()


def _named(outputs: Outputs, *, sees: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Yields outputs under the names that they get in the file."""
    if _AXES[0] in outputs:
        yield "axes", np.array([outputs[axis].item() for axis in _AXES], np.float32)
        return
    for name, values in outputs.items():
        if sees and name == "embedding":
            name = "audio"
        elif name == "patches" and "embedding" not in outputs:
            name = "embedding"
        yield name, values[0].cpu().numpy()
