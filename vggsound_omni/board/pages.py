"""Pages from templates. Jinja escapes all that it is given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from vggsound_omni.analysis.words import estimate, score_words
from vggsound_omni.metrics import title_of
from vggsound_omni.present.tables import ARROWS
from vggsound_omni.runs.result import Score

HERE = Path(__file__).parent
GIVEN = {"t2a": "the caption", "v2a": "the silent video", "vt2a": "the silent video and the caption"}
"""What a generator is given, by task."""


class Pages:
    """Writes pages from templates."""

    def __init__(self, out: Path, *, human: bool = False) -> None:
        """Writes into a folder; ``human`` says whether there is a page of listening tests."""
        self.out, self.count = out, 0
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "estimate": _estimate,
            "breakable": _breakable,
            "count": _count,
            "rounded": _rounded,
        }
        self._environment.globals |= {"arrows": ARROWS, "title_of": title_of, "given": GIVEN, "human": human}

    def write(self, template: str, name: str, **values: Any) -> None:  # noqa: ANN401 - whatever a template takes
        """Writes one page."""
        self.text(name, self._environment.get_template(f"{template}.html.j2").render(**values))
        self.count += 1

    def text(self, name: str, words: str) -> None:
        """Writes one file."""
        # Not through replacing(): waiting for the disk after each of a thousand files would take longer than all else.
        (self.out / name).write_text(words, encoding="utf-8", newline="\n")


def _estimate(score: Score) -> tuple[str, str]:
    """Returns an estimate and its interval as text, or a dash or why there is no value."""
    if score.estimate is None:
        return "–" if score.value is not None else score_words(score)[0], ""
    return estimate(score.estimate, score.interval)


def _rounded(numbers: tuple[float, tuple[float, float] | None]) -> tuple[str, str]:
    """Returns a value and its interval as text."""
    return estimate(*numbers)


def _breakable(name: str) -> Markup:
    """Returns a name that may break behind its dots, dashes and underscores, and nowhere else."""
    return Markup(re.sub(r"([._-])", r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped


def _count(number: int) -> str:
    """Returns a large count in words: 1.03 billion."""
    for size, word in ((10**9, " billion"), (10**6, " million")):
        if number >= size:
            return f"{number / size:.3g}{word}"
    return f"{number:,}"
