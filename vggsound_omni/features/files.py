"""Features of any media files under one pretrained encoder, as ``omni-bench encode`` writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from vggsound_omni.encoders.encoder import AudioFace, Outputs, VideoFace, unpublished
from vggsound_omni.encoders.pretrained.networks import Profile
from vggsound_omni.encoders.pretrained.synchformer.port import SynchformerEncoder
from vggsound_omni.errors import UserError
from vggsound_omni.media import probe

from .clips import Clips

_AXES = ("ce", "cu", "pc", "pq")


@dataclass(frozen=True, kw_only=True)
class FileFeatures:
    """What an encoder made of some files."""

    arrays: dict[str, np.ndarray]
    """By ``<stem>/<output>``: ``embedding``, ``logits``, ``axes`` (CE, CU, PC, PQ), or ``audio`` and ``video`` of
    encoders that see as well. VGGish's embedding has a row for each 0.96 s; Synchformer's features one for each segment
    of 0.64 s."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why a side of a file has no features, by ``<stem>`` or ``<stem>/<output>``."""
    warnings: tuple[str, ...] = ()
    """What must be known of all of them, a sentence each: that the weights are not the published file."""


def encode_files(encoder: AudioFace, paths: Sequence[Path], profile: Profile, console: Console) -> FileFeatures:
    """Encodes files one by one; a file that cannot be encoded is a failure with its reason, the others go on.

    Args:
        encoder: a pretrained one, made with the same profile.
        paths: sound or video files, or folders of them.
        profile: whose choices; ``av-benchmark`` scores the first 8 s.
        console: where progress is shown.

    Raises:
        UserError: no such file, or two files of one stem.
    """
    files = list(_files(paths))
    twice = [stem for stem, count in Counter(path.stem for path in files).items() if count > 1]
    if twice:
        raise UserError(f'Two files are called "{twice[0]}" but for their ending or folder; features go by that name.')
    found = FileFeatures(arrays={}, warnings=tuple(unpublished([encoder.card])))
    for path in track(files, description=f"Encoding with {encoder.card.name}", console=console, transient=True):
        _encode(encoder, path, Clips(profile, None), found)  # nothing is kept: no other encoder asks
    return found


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.iterdir() if inner.is_file() and inner.name[0] != ".")
        elif path.is_file():
            yield path
        else:
            raise UserError(f"There is no file {path}.")


def _encode(encoder: AudioFace, path: Path, clips: Clips, found: FileFeatures) -> None:
    try:
        medium = probe(path)
    except UserError as error:
        found.failures[path.stem] = str(error)
        return
    sees = isinstance(encoder, VideoFace)
    if medium.audio is not None or not sees:
        try:
            for output, array in _named(_heard(encoder, path, clips), sees=sees):
                found.arrays[f"{path.stem}/{output}"] = array
        except UserError as error:
            found.failures[f"{path.stem}/audio" if sees else path.stem] = str(error)
    if medium.video is not None and isinstance(encoder, VideoFace):
        try:
            found.arrays[f"{path.stem}/video"] = _seen(encoder, path, clips)
        except UserError as error:
            found.failures[f"{path.stem}/video"] = str(error)


def _heard(encoder: AudioFace, path: Path, clips: Clips) -> Outputs:
    """Outputs of one sound, each with a batch of one."""
    samples = clips.sound(encoder, path)
    return {"audio": encoder.heard(samples)} if isinstance(encoder, SynchformerEncoder) else encoder.audio(samples)


def _seen(encoder: VideoFace, path: Path, clips: Clips) -> np.ndarray:
    frames = clips.picture(encoder, path)
    if isinstance(encoder, SynchformerEncoder):
        if frames.shape[1] < 16:
            raise UserError(
                f"{path}: {frames.shape[1]} frames at 25 a second are too few; Synchformer sees 16 at once."
            )
        return encoder.seen(frames)[0].cpu().numpy()
    return encoder.video(frames)["embedding"][0].numpy()


def _named(outputs: Outputs, *, sees: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Outputs under the names of the file."""
    if _AXES[0] in outputs:
        yield "axes", np.array([outputs[axis].item() for axis in _AXES], np.float32)
        return
    for name, values in outputs.items():
        known = "audio" if sees and name == "embedding" else {"patches": "embedding"}.get(name, name)
        yield known, values[0].cpu().numpy()
