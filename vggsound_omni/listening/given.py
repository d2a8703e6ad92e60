"""What a listener's browser is given: the page, and trials that name no system, no item and no kind of trial."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal

from vggsound_omni.errors import UserError
from vggsound_omni.wording import has_unseen

from .questions import SCALE
from .study import Session, Study

PAGE = Path(__file__).parent / "page"
FILES = ("page.css", "player.js", "checks.js", "keeping.js", "trial.js", "page.js")
"""Of the page, besides ``index.html``; the same for every study, with and without a server."""
COMPLETE = "https://app.prolific.com/submissions/complete?cc="
"""Where Prolific's participants go at the end, before their completion code."""
_CHECKS = 3.0  # minutes for consent, volume and headphones
_PER_TRIAL = 20.0  # seconds for the questions of a trial, besides twice its length
_CODE = re.compile("[A-Za-z0-9_-]{4,64}")


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What a listener gets at the end."""

    code: str | None = None  # proves to whoever pays that the listener finished
    prolific: bool = False  # whether the page leads back to Prolific with it

    def __post_init__(self) -> None:
        if self.code is not None and not _CODE.fullmatch(self.code):
            raise UserError(f"The completion code {self.code[:70]!r} is not 4 to 64 letters, digits, _ or -.")
        if self.prolific and self.code is None:
            raise UserError("Prolific takes its participants back with a completion code: give one with --code.")

    def shown(self) -> dict[str, str | None]:
        """Returns what the page is told: a code, an address, or neither."""
        return {"code": self.code, "url": f"{COMPLETE}{self.code}" if self.prolific else None}


def minutes(study: Study) -> int:
    """Returns about how long a listener takes."""
    longest = max(session_seconds(session, study) for session in study.sessions)
    return ceil(_CHECKS + longest / 60)


def session_seconds(session: Session, study: Study) -> float:
    """Returns about how long the trials of a listener take."""
    return sum(len(trial.heard) * study.clips[trial.item].seconds + _PER_TRIAL for trial in session.trials)


def index_html(study: Study, way: Literal["server", "folder"], more: Mapping[str, object]) -> str:
    """Returns the page of a study.

    Args:
        study: what is asked.
        way: whether a server keeps the answers.
        more: what else the page is told.
    """
    config = {
        "way": way,
        "study": study.id,
        "kind": study.kind,
        "title": study.title,
        "consent": study.consent,
        "questions": [question.model_dump() for question in study.questions],
        "scale": SCALE,
        "trials": max(len(session.trials) for session in study.sessions),
        "minutes": minutes(study),
    }
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    return page.replace("CONFIG", _inside_html(config | dict(more)), 1)


def given(session: Session, study: Study, suffix: str = "") -> dict[str, Any]:
    """Returns a listener's trials in order, without the study's names.

    Args:
        session: the listener's.
        study: the whole.
        suffix: what the names of the sounds' files end in, besides their own suffix.
    """
    trials = []
    for trial in session.trials:
        clip = study.clips[trial.item]
        trials.append(
            {
                "id": trial.id,
                "practice": trial.kind == "practice",
                "caption": clip.caption,
                "picture": clip.picture and f"media/{clip.picture}",
                "sounds": [f"media/{clip.sounds[name]}{suffix}" for name in trial.heard],
                "seconds": clip.seconds,
            }
        )
    return {"trials": trials}


def check_title(title: str) -> str:
    """Returns a title that a page can show.

    Raises:
        UserError: it is empty, too long, or has characters that nobody sees.
    """
    if not title.strip() or len(title) > 200 or has_unseen(title):
        raise UserError(f"The title {title[:50]!r} is empty, longer than 200 characters, or has unseen ones.")
    return title


def _inside_html(value: object) -> str:
    """Returns JSON that ends no element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
