"""Our way through the trees is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.encoders.foleyworld.ear.forest import Forest
from vggsound_omni.encoders.foleyworld.ear.grow import forest, grown


@pytest.mark.parametrize("classes", [2, 4])
def test_the_sums_of_a_forest_are_those_of_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(0)
    # Few distinct values, so that many rows lie right on a threshold.
    features = (rng.integers(0, 40, (3000, 12)) / 7).astype(np.float32)
    truth = np.digitize(features[:, 0] * features[:, 1] + rng.normal(0, 1, 3000), np.linspace(2, 14, classes - 1))
    trained = grown(features, truth.astype(np.intp), trees=12)
    ours = forest([trained]).sums(features)
    theirs = trained.decision_function(features)
    assert np.allclose(ours, theirs.reshape(ours.shape), atol=1e-4)
    assert ours.std() > 0.3


def test_several_classifiers_are_one_forest_and_survive_storing() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(800, 6)).astype(np.float32)
    trained = [grown(features, (features[:, k] > 0.2).astype(np.intp), trees=5) for k in range(3)]
    made = forest(trained)
    stored = Forest.stored("a", made.arrays("a") | made.arrays("b"))
    expected = np.stack([one.decision_function(features) for one in trained], axis=1)
    assert np.allclose(stored.sums(features), expected, atol=1e-4)
    assert stored.numbers == len(made.value) > 100
