"""What listeners are asked."""

from __future__ import annotations

from vggsound_omni.tracks import Track

from .study import Key, Kind, Question

_SHOWN = {"t2a": "the caption", "v2a": "the picture", "vt2a": "the picture and the caption"}
_WORDS: dict[Kind, dict[Key, str]] = {
    "pairs": {
        "quality": "Which one sounds better, as a recording?",
        "fit": "Which one fits {shown} better?",
        "timing": "Which one is better in time with the picture?",
        "overall": "Which one would you choose, all in all?",
    },
    "mos": {
        "quality": "How good does it sound, as a recording?",
        "fit": "How well does it fit {shown}?",
        "timing": "How well is it in time with the picture?",
        "overall": "How good is it, all in all?",
    },
}
SCALE = ("Bad", "Poor", "Fair", "Good", "Excellent")
"""Names of the scores from 1 to 5 (ITU-T P.800, absolute category rating)."""


def questions(track: Track, kind: Kind) -> tuple[Question, ...]:
    """Returns the questions on a track: on timing only where the source of the sound is in the picture."""
    timed = track.task != "t2a" and "video" not in track.not_applicable
    return tuple(
        Question(key=key, words=words.format(shown=_SHOWN[track.task]))
        for key, words in _WORDS[kind].items()
        if timed or key != "timing"
    )
