"""How long a large board takes to build, and how large its pages are.

python benchmarks/board.py [MODELS] [LEADERBOARD]    # 200; each on all tracks, made from the rows of shuffled by noise
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from vggsound_omni.board import site
from vggsound_omni.board.packing import write_submission
from vggsound_omni.board.shelf import load
from vggsound_omni.board.submission import Submission

PUBLISHED = Path(__file__).parent.parent / "leaderboard"


def another(row: Submission, number: int, rng: np.random.Generator) -> Submission:
    """Returns a row of another model: scores of items and values moved by as much as the models differ in."""

    def moved(column: tuple[float | None, ...]) -> tuple[float | None, ...]:
        numbers = np.array(column, float) * rng.uniform(0.5, 1.5) + rng.normal(0, 0.1, len(column))
        return tuple(None if np.isnan(number) else float(number) for number in numbers)

    items = {key: moved(column) for key, column in row.items.items()}
    scores = dict(row.scores)
    for key, column in items.items():
        value = float(np.mean([number for number in column if number is not None]))
        scores[key] = scores[key].model_copy(update={"value": value, "estimate": value, "interval": None})
        scores[key] = scores[key].model_copy(update={"interval": (value - 0.05, value + 0.05)})
    card = row.card.model_copy(update={"name": f"model-{number:03}"})
    return row.model_copy(update={"card": card, "items": items, "scores": scores})


def main() -> None:
    models, rng = int(sys.argv[1]) if len(sys.argv) > 1 else 200, np.random.default_rng(0)
    published = Path(sys.argv[2]) if len(sys.argv) > 2 else PUBLISHED
    rows = [row for row in load(published).submissions.values() if row.card.name == "shuffled"]
    if not rows:
        sys.exit(f"{published} holds no row of shuffled to make others from.")
    with tempfile.TemporaryDirectory() as scratch:
        board, out = Path(scratch) / "leaderboard", Path(scratch) / "site"
        (board / "audio").mkdir(parents=True)
        (board / "OWNERS.toml").write_bytes((published / "OWNERS.toml").read_bytes())
        for sound in (published / "audio").iterdir():
            (board / "audio" / sound.name).write_bytes(sound.read_bytes())
        for number in range(models):
            for row in rows:
                made = another(row, number, rng)
                write_submission(board / "results" / made.place, made)
        for row in load(published).submissions.values():
            if row.card.name in ("oracle", "shuffled", "noise", "silence"):
                write_submission(board / "results" / row.place, row)
        began, used = time.monotonic(), time.process_time()
        built = site.build(board, out)
        took = f"{time.monotonic() - began:.1f} s ({time.process_time() - used:.1f} s of processor)"
        print(f"{models} models on {len(rows)} tracks: {built.pages} pages in {took}")
        for kind in ("index", "track", "compare", "model", "history"):
            largest = max(path.stat().st_size for path in out.glob(f"{kind}*.html"))
            print(f"largest {kind} page: {largest / 1e6:.2f} MB")
        print(f"largest data of a row: {max(path.stat().st_size for path in (out / 'data').glob('*.js')) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
