"""How far Opus moves the scores of single items: what a published sound's scores may differ from the claimed ones.

python benchmarks/board_tolerance.py [ITEMS] [OUT.json]    # 96 items of each track, or all it has

Three kinds of sound are scored as they are and as the board publishes them (mono Opus at 24 kHz): an item's own
recording (the baseline ``oracle``), the recording of the next item (as ``shuffled``), and pink noise of an
item's own level. The oracle alone would not do: its KL is 0, and KL moves by a share of itself.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from vggsound_omni.board.rescoring import TOLERANCES, score_sounds
from vggsound_omni.board.sounds import code, decode
from vggsound_omni.media import read_audio, write_flac
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.plan import Plan, make_plan
from vggsound_omni.tracks import TRACKS

Rows = dict[str, dict[str, float]]


def pink(like: Audio, rng: np.random.Generator) -> Audio:
    """Returns noise of -3 dB an octave, as loud as another sound."""
    count = like.samples.shape[1]
    spectrum = np.fft.rfft(rng.normal(size=count))
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), count)
    level = float(np.sqrt(np.square(like.samples).mean()))
    samples = np.clip(noise / np.sqrt(np.square(noise).mean()) * level, -1, 1)
    return Audio(samples=samples[None].astype(np.float32), sample_rate=like.sample_rate)


def files(plan: Plan, kind: str, folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Writes sounds as a generator would have made them, and as the board publishes them; returns both by item."""
    own: dict[str, Path] = {}
    published: dict[str, Path] = {}
    rng = np.random.default_rng(0)
    for k, item in enumerate(plan.items):
        source = plan.items[(k + (kind == "other")) % len(plan.items)]
        path = plan.suite.media(source).audio
        assert path is not None, "all items of FoleyWorld have a recording"
        audio = read_audio(path, mono=False)
        own[item.id] = folder / f"{item.id}.flac"
        write_flac(own[item.id], pink(audio, rng) if kind == "noise" else audio)
        published[item.id] = folder / f"{item.id}.published.flac"
        coded = decode(code(read_audio(own[item.id], mono=False), plan.track.window))
        write_flac(published[item.id], coded)
    return own, published


def moved(track: str, kind: str, limit: int) -> tuple[Rows, Rows]:
    """Returns scores of single items of a track before and after Opus."""
    plan = make_plan("foleyworld", track, limit)
    plan.suite.check(plan.items)
    with tempfile.TemporaryDirectory() as scratch:
        own, published = files(plan, kind, Path(scratch))
        before = score_sounds(plan, plan.items, own, "foleyworld", TOLERANCES).items
        return before, score_sounds(plan, plan.items, published, "foleyworld", TOLERANCES).items


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 96
    found: dict[str, tuple[Rows, Rows]] = {}
    for track in TRACKS:
        for kind in ("own", "other", "noise"):
            found[f"{track} {kind}"] = moved(track, kind, limit)
            print(f"{track}, {kind}", flush=True)
    runs = [(one[i], two[i]) for one, two in found.values() for i in one]
    print("metric    pairs   claimed  beyond share: claimed above, claimed below the published sound's, at most")
    for key in TOLERANCES:
        pairs = np.array([(one[key], two[key]) for one, two in runs if key in one])
        extra = TOLERANCES[key].share * np.abs(pairs).max(axis=1)
        more = pairs[:, 0] - pairs[:, 1]
        low, high = pairs[:, 0].min(), pairs[:, 0].max()
        print(
            f"{key:8} {len(pairs):6} {low:7.3f} to {high:6.3f} {(more - extra).max():9.3f} {(-more - extra).max():9.3f}"
        )
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
