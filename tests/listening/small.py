"""A small study made by hand: short tones, no runs, no networks."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
import soundfile

from vggsound_omni.listening.blocks import blocks
from vggsound_omni.listening.study import (
    GOOD,
    SPOILT,
    Clip,
    Key,
    Kind,
    Question,
    Screening,
    Session,
    Study,
    Trial,
    write_study,
)

SYSTEMS = ("alpha-model", "beta-model", "gamma-model")
SECONDS = 1.0
QUESTIONS: dict[Key, str] = {"quality": "Which one sounds better?", "overall": "Which one would you choose?"}


def small_study(
    folder: Path, *, kind: Kind = "pairs", listeners: int = 4, trials: int = 3, picture: bytes | None = None
) -> Study:
    """Writes a study: one practice item, one gold item, a repeat, and so many trials of three systems."""
    items = [f"item-{number}" for number in range(max(6, trials))]
    media = folder / "public" / "media"
    media.mkdir(parents=True)
    names = (f"a{number:019x}" for number in count(1))
    time = np.arange(round(48_000 * SECONDS)) / 48_000
    clips = {}
    for index, item in enumerate([*items, "gold-item", "practice-item"]):
        sounds = {}
        for system in SYSTEMS if index < len(items) else (GOOD, SPOILT):
            sounds[system] = f"{next(names)}.flac"
            hertz = 200 + 40 * (len(sounds) + index)
            soundfile.write(media / sounds[system], 0.1 * np.sin(2 * np.pi * hertz * time), 48_000, format="FLAC")
        shown = None
        if picture is not None:
            shown = f"{next(names)}.mp4"
            (media / shown).write_bytes(picture)
        clips[item] = Clip(caption=f"caption {index} <b>&", seconds=SECONDS, picture=shown, sounds=sounds, lufs=-23.0)
    codes = (f"e{number:015x}" for number in count(1))
    sessions = []
    for number, block in enumerate(blocks(3, len(items), listeners, trials, np.random.default_rng(0), kind)):
        main = [
            Trial(
                id=next(codes),
                kind="main",
                item=items[cell.item],
                left=SYSTEMS[cell.left],
                right=None if cell.right is None else SYSTEMS[cell.right],
            )
            for cell in block
        ]
        heard = [(GOOD, SPOILT)] if kind == "pairs" else [(GOOD, None), (SPOILT, None)]
        practice = [Trial(id=next(codes), kind="practice", item="practice-item", left=a, right=b) for a, b in heard]
        gold = [Trial(id=next(codes), kind="gold", item="gold-item", left=a, right=b) for a, b in heard]
        first = main[0]
        left, right = (first.left, None) if first.right is None else (first.right, first.left)
        again = Trial(id=next(codes), kind="repeat", item=first.item, left=left, right=right, repeats=first.id)
        sessions.append(Session(listener=f"c{number:015x}", trials=(*practice, *main, *gold, again)))
    study = Study(
        kind=kind,
        title="A test of <sounds> & ears",
        consent="You agree to listen.",
        suite="small",
        track="vt2a",
        items_sha256="0" * 64,
        systems=SYSTEMS,
        questions=tuple(Question(key=key, words=words) for key, words in QUESTIONS.items()),
        screening=Screening(gold=1, seconds=SECONDS),
        clips=clips,
        sessions=tuple(sessions),
        seed=0,
        simulated=True,
    )
    write_study(study, folder)
    return study
