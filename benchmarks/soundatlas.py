"""Is the handoff worth its cost? Offline junior and senior on FoleyWorld, against its truth.

python -m benchmarks.soundatlas --clips 200
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.progress import track

from vggsound_omni.soundatlas.clips import Clip, samples_of
from vggsound_omni.soundatlas.offline import TagJunior, WindowSenior
from vggsound_omni.soundatlas.quality import Pair, curve, named
from vggsound_omni.soundatlas.scorers import Scorers
from vggsound_omni.suites.registry import open_suite


def pairs(clips: int) -> list[Pair]:
    """Returns what both make of the first clips of the main stratum."""
    suite, scorers = open_suite("foleyworld"), Scorers("foleyworld")
    junior, senior = TagJunior("foleyworld"), WindowSenior("foleyworld")
    found = []
    for item in track([item for item in suite.items() if item.stratum == "main"][:clips], "Captioning"):
        media = suite.media(item)
        clip = Clip(id=item.id, audio=media.audio or Path(), video=media.video, duration=item.duration)
        samples = samples_of(clip)
        one, other = (who.caption(clip, samples, None, None, ()) for who in (junior, senior))
        score = scorers.text_audio(one.draft.sentence, samples) if one.draft else None
        found.append(
            Pair(
                truth=frozenset(item.labels),
                junior=named(one.draft),
                senior=named(other.draft),
                junior_cost=one.usage.cpu_seconds,
                senior_cost=other.usage.cpu_seconds,
                score=-1.0 if score is None else score,
            )
        )
    return found


def main() -> None:
    """Prints the curve as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=200)
    found = pairs(parser.parse_args().clips)
    print("| to the senior | CPU s a clip | precision | recall | F1 | F1 by lot | handoff over lot |")
    print("|---|---|---|---|---|---|---|")
    for point in curve(found, (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)):
        middle, low, high = point.gain
        print(
            f"| {point.escalated:.0%} | {point.cost:.3f} | {point.precision:.3f} | {point.recall:.3f} | "
            f"{point.f1:.3f} | {point.random_f1:.3f} | {middle:+.3f} [{low:+.3f}, {high:+.3f}] |"
        )


if __name__ == "__main__":
    main()
