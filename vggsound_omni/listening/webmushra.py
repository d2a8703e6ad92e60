"""A study for webMUSHRA: a configuration for each listener, and sounds as WAV. Sound only: it has no pages of video.

The fields are those of webMUSHRA's documentation for experimenters (pages ``paired_comparison``,
``likert_single_stimulus``, ``volume``, ``generic`` and ``finish``). YAML is written as JSON, which it contains.
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

from .exports import write
from .folder import read_medium
from .questions import SCALE
from .study import Session, Study

FOLDER = "listening"
"""Where webMUSHRA's root has the sounds."""
_OPTIONS = {
    "bufferSize": 2048,
    "stopOnErrors": True,
    "showButtonPreviousPage": False,
    "remoteService": "service/write.php",
}


def write_webmushra(study: Study, folder: Path, out: Path, progress: Callable[[int, int], None]) -> None:
    """Writes ``configs/`` and ``listening/``, both for webMUSHRA's root.

    A page is called after its trial and its question. webMUSHRA compares a reference with a stimulus, on either side at
    random: the reference is the trial's left sound, the stimulus "right" its right one.

    Args:
        study: what is asked.
        folder: where the study is.
        out: a folder that does not exist, or is empty.
        progress: called with sounds written and sounds in all.

    Raises:
        UserError: the folder is not empty, or a sound of the study is missing.
    """
    import soundfile

    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; choose another --out.")
    sounds = sorted(name for clip in study.clips.values() for name in clip.sounds.values())
    for number, name in enumerate(sounds, 1):
        samples, rate = soundfile.read(io.BytesIO(read_medium(folder, name)), dtype="int16")
        with replacing(out / FOLDER / _wav(name)) as path:
            soundfile.write(path, samples, rate, subtype="PCM_16", format="WAV")
        progress(number, len(sounds))
    configs = {
        f"configs/{one.listener}.yaml": json.dumps(_config(study, one), indent=1) + "\n" for one in study.sessions
    }
    write(out, configs)


def _config(study: Study, session: Session) -> dict[str, Any]:
    first = next(iter(study.clips[session.trials[0].item].sounds.values()))
    start = [
        {"type": "generic", "id": "consent", "name": study.title, "content": html.escape(study.consent)},
        {"type": "volume", "id": "volume", "name": "Set the volume", "content": "Then leave it as it is.",
         "stimulus": f"{FOLDER}/{_wav(first)}", "defaultVolume": 0.5},
    ]  # fmt: skip
    end = {
        "type": "finish",
        "name": "Thank you",
        "content": "Your answers are sent.",
        "showResults": False,
        "writeResults": True,
    }
    pages = [page for trial in session.trials for page in _pages(study, trial.id, trial.item, trial.heard)]
    return {"testname": study.title, "testId": session.listener} | _OPTIONS | {"pages": [*start, *pages, end]}


def _pages(study: Study, trial: str, item: str, heard: tuple[str, ...]) -> list[dict[str, Any]]:
    clip = study.clips[item]
    files = [f"{FOLDER}/{_wav(clip.sounds[name])}" for name in heard]
    caption = f"<p>Caption: {html.escape(clip.caption)}</p>" if clip.caption is not None else ""
    found = []
    for question in study.questions:
        if question.key == "timing":
            continue  # there is no picture
        page: dict[str, Any] = {
            "id": f"{trial}-{question.key}",
            "name": html.escape(question.words),
            "content": caption,
        }
        if study.kind == "pairs":
            page |= {"type": "paired_comparison", "unforced": "no difference", "showWaveform": False}
            page |= {"enableLooping": True, "reference": files[0], "stimuli": {"right": files[1]}}
        else:
            scale = [{"value": score, "label": f"{score} {word}"} for score, word in enumerate(SCALE, 1)]
            page |= {"type": "likert_single_stimulus", "mustRate": True, "mustPlayback": "ended"}
            page |= {"stimuli": {trial: files[0]}, "response": scale}
        found.append(page)
    return found


def _wav(name: str) -> str:
    return f"{name.removesuffix('.flac')}.wav"
