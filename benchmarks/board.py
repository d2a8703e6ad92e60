"""How long a large board takes to build, and how large its pages are.

python benchmarks/board.py [MODELS]    # 200; each on all five tracks, made from the published rows by noise
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from vggsound_omni.board import site
from vggsound_omni.board.packing import write_submission
from vggsound_omni.board.shelf import load, validate
from vggsound_omni.board.submission import Submission

PUBLISHED = Path(__file__).parent.parent / "leaderboard"


def another(row: Submission, number: int, rng: np.random.Generator) -> Submission:
    """Returns a row of another model: scores of items and values moved by as much as the models differ in."""
    items = {
        key: tuple((np.array(column, float) * rng.uniform(0.5, 1.5) + rng.normal(0, 0.1, len(column))).tolist())
        for key, column in row.items.items()
    }
    scores = dict(row.scores)
    for key, column in items.items():
        scores[key] = scores[key].model_copy(update={"value": float(np.mean(column))})
    card = row.card.model_copy(update={"name": f"model-{number:03}"})
    return row.model_copy(update={"card": card, "items": items, "scores": scores})


def main() -> None:
    models, rng = int(sys.argv[1]) if len(sys.argv) > 1 else 200, np.random.default_rng(0)
    rows = [row for row in load(PUBLISHED).submissions.values() if row.card.name == "shuffled"]
    with tempfile.TemporaryDirectory() as scratch:
        board, out = Path(scratch) / "leaderboard", Path(scratch) / "site"
        (board / "audio").mkdir(parents=True)
        for sound in (PUBLISHED / "audio").iterdir():
            (board / "audio" / sound.name).write_bytes(sound.read_bytes())
        for number in range(models):
            for row in rows:
                made = another(row, number, rng)
                write_submission(board / "results" / made.place, made)
        began = time.monotonic()
        pages = site.build(board, out)
        print(f"{models} models on {len(rows)} tracks: {pages} pages in {time.monotonic() - began:.1f} s")
        for kind in ("table", "plots", "compare", "model"):
            largest = max(path.stat().st_size for path in out.glob(f"{kind}-*.html"))
            print(f"largest {kind} page: {largest / 1e6:.2f} MB")
    began = time.monotonic()
    shelf = validate(PUBLISHED)
    print(f"validating the {len(shelf.submissions)} published rows: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
