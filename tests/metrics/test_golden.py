"""Numbers frozen from the definitions in :mod:`tests.metrics.brute`; inputs and outputs lie in ``tests/golden``.

``python -m tests.metrics.test_golden`` computes both anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.metrics import Estimate, aesthetics, cosine, desync, frechet, inception, kad, kl

from . import brute
from .brute import F64

INPUTS = Path(__file__).parent.parent / "golden" / "metrics.npz"
NUMBERS = INPUTS.with_suffix(".json")


def estimates(a: dict[str, F64]) -> dict[str, Estimate]:
    return {
        "kl": kl.evaluate(a["reference_logits"], a["generated_logits"]),
        "is": inception.evaluate(a["generated_logits"]),
        "fd_more_rows": frechet.evaluate(a["x"], a["y"]),
        "fd_fewer_rows": frechet.evaluate(a["x_wide"], a["y_wide"]),
        "fd_one_of_each": frechet.evaluate(a["x_wide"], a["y_wide_long"]),
        "fad": frechet.evaluate(a["x_patches"], a["y_patches"]),
        "kad": kad.evaluate(a["x"], a["y"]),
        "ds": desync.evaluate(a["sync_logits"]),
        "cosine": cosine.evaluate(a["condition"], a["sound"]),
        "aesthetics": aesthetics.evaluate(a["ratings"]),
    }


def regenerate() -> None:
    """Draws the inputs and computes every number from its definition."""
    rng = np.random.default_rng(20)
    normal = rng.standard_normal
    a = {
        "reference_logits": 3 * normal((24, 6)),
        "generated_logits": 3 * normal((24, 6)),
        "x": normal((30, 5)),
        "y": 1.5 * normal((26, 5)) + 0.3,
        "x_wide": normal((6, 12)),
        "y_wide": 2 * normal((8, 12)) - 0.1,
        "y_wide_long": 2 * normal((20, 12)) - 0.1,
        "x_patches": normal((6, 3, 4)),
        "y_patches": normal((5, 3, 4)) * 0.7,
        "sync_logits": normal((7, 2, 21)),
        "condition": normal((8, 5)),
        "sound": normal((8, 5)),
        "ratings": rng.uniform(1, 10, 9),
    }
    per_clip = {
        "kl": brute.kl(a["reference_logits"], a["generated_logits"]),
        "ds": brute.desync(a["sync_logits"]),
        "cosine": brute.cosine(a["condition"], a["sound"]),
        "aesthetics": a["ratings"].tolist(),
    }
    numbers: dict[str, dict[str, object]] = {
        "is": {"value": brute.inception_of(a["generated_logits"], np.arange(24))},
        "fd_more_rows": {"value": brute.frechet(a["x"], a["y"])},
        "fd_fewer_rows": {"value": brute.frechet(a["x_wide"], a["y_wide"])},
        "fd_one_of_each": {"value": brute.frechet(a["x_wide"], a["y_wide_long"])},
        "fad": {"value": brute.frechet(a["x_patches"].reshape(-1, 4), a["y_patches"].reshape(-1, 4))},
        "kad": {"value": brute.kad(a["x"], a["y"])},
    }
    for key, scores in per_clip.items():
        numbers[key] = {
            "value": sum(scores) / len(scores),
            "per_clip": scores,
            "interval": brute.interval(scores),
        }
    np.savez_compressed(INPUTS, **a)  # type: ignore[arg-type] # numpy's stub takes the names for allow_pickle
    NUMBERS.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


FROZEN: dict[str, dict[str, object]] = json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.exists() else {}


@pytest.fixture(scope="module")
def computed() -> dict[str, Estimate]:
    with np.load(INPUTS) as stored:
        return estimates(dict(stored))


def test_every_family_is_frozen(computed: dict[str, Estimate]) -> None:
    assert set(FROZEN) == set(computed)


@pytest.mark.parametrize("key", FROZEN)
def test_agrees_with_its_definition(key: str, computed: dict[str, Estimate]) -> None:
    found, frozen = computed[key], FROZEN[key]
    tolerance = 1e-6 if key in ("fd_fewer_rows", "fd_one_of_each") else 1e-10  # there the definition is inexact
    assert found.value == pytest.approx(frozen["value"], rel=tolerance)
    if "per_clip" in frozen:
        assert found.per_item == pytest.approx(np.array(frozen["per_clip"]), rel=1e-10)
        assert found.interval == pytest.approx(frozen["interval"], rel=1e-10)
    else:
        assert found.per_item is None
        assert found.estimate is None or (found.interval and found.interval[0] <= found.estimate <= found.interval[1])


if __name__ == "__main__":
    regenerate()
