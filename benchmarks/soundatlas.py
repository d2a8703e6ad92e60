"""What is each step of the caption pipeline worth, and the handoff at its cost? Offline models, against truth.

python -m benchmarks.soundatlas --clips 200
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.progress import track

from vggsound_omni.soundatlas.clips import Clip, samples_of
from vggsound_omni.soundatlas.drafts import Draft, Event
from vggsound_omni.soundatlas.offline import EarSenior, LookingDescriber, TagChecker, TagJunior
from vggsound_omni.soundatlas.pipeline import Atlas
from vggsound_omni.soundatlas.quality import Caption, Known, Pair, curve, named, quality
from vggsound_omni.soundatlas.roles import Captioner, Checked, Checker, Describer, Heard, Samples, Seen
from vggsound_omni.soundatlas.scorers import Scorers
from vggsound_omni.soundatlas.thresholds import thresholds_of
from vggsound_omni.suites import Item, Suite
from vggsound_omni.suites.registry import open_suite

SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


class OnceCaptioner:
    """Remembers what a captioner said of a clip, and what that cost, so that variants differ in their steps alone."""

    def __init__(self, role: Captioner) -> None:
        self._role, self.identity = role, role.identity
        self._known: dict[tuple[str, str | None], Heard] = {}

    def caption(
        self, clip: Clip, samples: Samples, context: str | None, draft: Draft | None, reasons: Sequence[str]
    ) -> Heard:
        """Captions a clip, or says what it said."""
        key = (clip.id, context)
        if key not in self._known:
            self._known[key] = self._role.caption(clip, samples, context, draft, reasons)
        return self._known[key]


class OnceDescriber:
    """The same of a describer."""

    def __init__(self, role: Describer) -> None:
        self._role, self.identity = role, role.identity
        self._known: dict[str, Seen] = {}

    def describe(self, clip: Clip) -> Seen:
        """Describes a clip, or says what it said."""
        if clip.id not in self._known:
            self._known[clip.id] = self._role.describe(clip)
        return self._known[clip.id]


class OnceChecker:
    """The same of a checker."""

    def __init__(self, role: Checker) -> None:
        self._role, self.identity = role, role.identity
        self._known: dict[tuple[str, str], Checked] = {}

    def check(self, clip: Clip, samples: Samples, event: Event) -> Checked:
        """Checks an event, or says what it said."""
        key = (clip.id, event.what)
        if key not in self._known:
            self._known[key] = self._role.check(clip, samples, event)
        return self._known[key]


class RememberedScorers(Scorers):
    """Scorers that compute each score once."""

    def __init__(self, encoder_set: str) -> None:
        super().__init__(encoder_set)
        self._pictures: dict[str, float | None] = {}
        self._texts: dict[tuple[str, bytes], float | None] = {}

    def audio_visual(self, clip: Clip, samples: Samples) -> float | None:
        """Scores picture and sound."""
        if clip.id not in self._pictures:
            self._pictures[clip.id] = super().audio_visual(clip, samples)
        return self._pictures[clip.id]

    def text_audio(self, text: str, samples: Samples) -> float | None:
        """Scores text and sound."""
        key = (text, samples.tobytes())
        if key not in self._texts:
            self._texts[key] = super().text_audio(text, samples)
        return self._texts[key]


def captioned(atlas: Atlas, clips: Sequence[Clip], title: str) -> list[Caption]:
    """Returns what becomes of clips."""
    found = []
    for clip in track(clips, title):
        record = atlas.caption(clip)
        cost = sum(used["cpu_seconds"] for used in record.usage.values())
        kept = Draft.model_validate(record.draft) if record.status == "kept" else None
        found.append(Caption(draft=kept, cost=cost))
    return found


def study(suite: Suite, items: Sequence[Item], clips: Sequence[Clip]) -> None:
    """Prints both tables as Markdown."""
    known = [Known.of(item.truth) for item in items if item.truth is not None]
    scorers = RememberedScorers("foleyworld")
    full = Atlas(
        junior=OnceCaptioner(TagJunior("foleyworld")),
        senior=OnceCaptioner(EarSenior("foleyworld")),
        describer=OnceDescriber(LookingDescriber("foleyworld")),
        checker=OnceChecker(TagChecker("foleyworld")),
        scorers=scorers,
        thresholds=thresholds_of("foleyworld"),
    )
    variants = {
        "junior only": replace(full, senior=None),
        "senior only": replace(full, junior=None),
        "handoff": full,
        "without compression": replace(full, describer=None),
        "without filters": replace(full, checker=None, text_filter=False),
        "junior, nothing else": replace(full, senior=None, describer=None, checker=None, text_filter=False),
        "senior, nothing else": replace(full, junior=None, describer=None, checker=None, text_filter=False),
    }
    print(f"{len(clips)} clips of {suite.name}\n")
    print("| captions by | kept | CPU s a clip | precision | recall | F1 | counts | order | specificity |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, atlas in variants.items():
        one = quality(captioned(atlas, clips, name), known)
        low, high = one.interval
        print(
            f"| {name} | {one.kept:.0%} | {one.cost:.3f} | {one.precision:.3f} | {one.recall:.3f} | "
            f"{one.f1:.3f} [{low:.3f}, {high:.3f}] | {one.counts:.2f} | {one.order:.2f} | {one.specificity:.3f} |"
        )
    assert full.junior is not None
    assert full.senior is not None
    pairs = []
    for clip, truth in zip(clips, known, strict=True):
        samples = samples_of(clip)
        heard, reheard = (who.caption(clip, samples, None, None, ()) for who in (full.junior, full.senior))
        score = scorers.text_audio(heard.draft.sentence, samples) if heard.draft else None
        pairs.append(
            Pair(
                truth=truth.classes,
                junior=named(heard.draft),
                senior=named(reheard.draft),
                junior_cost=heard.usage.cpu_seconds,
                senior_cost=reheard.usage.cpu_seconds,
                score=-1.0 if score is None else score,
            )
        )
    print("\n| to the senior | CPU s a clip | precision | recall | F1 | F1 by lot | handoff over lot |")
    print("|---|---|---|---|---|---|---|")
    for point in curve(pairs, SHARES):
        middle, low, high = point.gain
        print(
            f"| {point.escalated:.0%} | {point.cost:.3f} | {point.precision:.3f} | {point.recall:.3f} | "
            f"{point.f1:.3f} | {point.random_f1:.3f} | {middle:+.3f} [{low:+.3f}, {high:+.3f}] |"
        )


def main() -> None:
    """Runs the study on the first clips of the main stratum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", default="foleyworld")
    parser.add_argument("--clips", type=int, default=200)
    asked = parser.parse_args()
    suite = open_suite(asked.suite)
    items = [item for item in suite.items() if item.stratum.startswith("main")][: asked.clips]
    suite.check(items)  # renders what is missing on all cores
    clips = []
    for item in items:
        media = suite.media(item)
        clips.append(Clip(id=item.id, audio=media.audio or Path(), video=media.video, duration=item.duration))
    study(suite, items, clips)


if __name__ == "__main__":
    main()
