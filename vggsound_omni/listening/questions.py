"""What listeners are asked of two sounds."""

from __future__ import annotations

from vggsound_omni.tracks import Track

from .study import Question

_FIT = {
    "t2a": "Which one fits the caption better?",
    "v2a": "Which one fits the picture better?",
    "vt2a": "Which one fits the picture and the caption better?",
}


def questions(track: Track) -> tuple[Question, ...]:
    """Returns the questions on a track: on timing only where the source of the sound is in the picture."""
    asked = [
        Question(key="quality", words="Which one sounds better, as a recording?"),
        Question(key="fit", words=_FIT[track.task]),
    ]
    if track.task != "t2a" and "video" not in track.not_applicable:
        asked.append(Question(key="timing", words="Which one is better in time with the picture?"))
    return (*asked, Question(key="overall", words="Which one would you choose, all in all?"))
