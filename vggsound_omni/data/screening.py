"""Screening for off-screen candidates: do sound and picture agree, and is a voice heard?"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Sources, bindings, extract
from vggsound_omni.io import replacing
from vggsound_omni.metrics import METRICS
from vggsound_omni.suites.built import BuiltSuite

if TYPE_CHECKING:
    from rich.console import Console

_SPEECH = slice(0, 6)
"""Of AudioSet's 527 classes: Speech, of men, women and children, Conversation, Narration."""


class Screening(NamedTuple):
    """The two scores of a clip."""

    audio_visual: float  # cosine of the embeddings of sound and picture
    voice: float  # largest probability of a class of speech


def screened_by_foleyworld(suite: BuiltSuite, console: Console) -> dict[str, Screening]:
    """Screens the suite's clips with the bundled encoders. FoleyWorld has no voices, so none is ever heard."""
    (binding,) = bindings("foleyworld", [METRICS["ib"]])
    items = [item for item in suite.items() if item.has_video and item.has_audio]
    files = {item.id: suite.media(item) for item in items}
    sources = Sources(
        generated={item_id: media.audio for item_id, media in files.items() if media.audio is not None},
        video={item_id: media.video for item_id, media in files.items() if media.video is not None},
    )
    found = extract([binding], sources, window=8.0, console=console)
    name = binding.encoders["ib"].name
    heard, seen = found.columns[name, "generated"].features, found.columns[name, "video"].features
    return {
        item_id: Screening(cosine(heard[item_id]["embedding"], seen[item_id]["embedding"]), 0.0)
        for item_id in sorted(heard.keys() & seen.keys())
    }


def screened_by_features(suite: BuiltSuite, imagebind: Path, panns: Path) -> dict[str, Screening]:
    """Screens with features of the suite's clips that ``omni-bench encode`` wrote, with ImageBind and with PANNs.

    Raises:
        UserError: a file does not hold such features, or holds none of the suite's clips.
    """
    pairs, tags = _arrays(imagebind), _arrays(panns)
    found = {}
    for item in suite.items():
        if not item.has_video or item.stratum == "bgm":
            continue
        place = suite.place(item, "video")
        stem = Path(place.name).stem
        sides = [pairs.get(f"{stem}/audio"), pairs.get(f"{stem}/video"), tags.get(f"{stem}/logits")]
        sound, picture, logits = sides
        if sound is None or picture is None or logits is None:
            continue
        probability = 1 / (1 + np.exp(-logits.reshape(-1)[_SPEECH].astype(np.float64)))
        found[item.id] = Screening(cosine(sound, picture), float(probability.max()))
    if not found:
        raise UserError(
            f"{imagebind} and {panns} hold features of no clip of {suite.name}; "
            "write them with omni-bench encode --encoder imagebind and --encoder panns of the suite's clips."
        )
    return found


def write_screening(path: Path, scores: Mapping[str, Screening]) -> None:
    """Writes a CSV, ``id,audio_visual,voice``, sorted by id."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("id", "audio_visual", "voice"))
    for item_id, (audio_visual, voice) in sorted(scores.items()):
        table.writerow((item_id, f"{audio_visual:.5f}", f"{voice:.5f}"))
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")


def cosine(x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> float:
    """Returns the cosine of two vectors of one length; 0 if one is zero."""
    a, b = (np.asarray(vector, np.float64).reshape(-1) for vector in (x, y))
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else 0.0


def _arrays(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    try:
        with np.load(path, allow_pickle=False) as found:
            # Patches, which are not needed, of 15,000 clips would fill the memory.
            needed = ("audio", "video", "logits")
            return {name: found[name] for name in found.files if name.rpartition("/")[2] in needed}
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: is no file of features as omni-bench encode writes them ({error}).") from error
