"""Grows trees with scikit-learn, which training needs and listening does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from .forest import Floats, Forest


def grown(features: Floats, truth: npt.NDArray[np.intp], trees: int, weight: Floats | None = None) -> Any:  # noqa: ANN401
    """Returns boosted trees of scikit-learn for (rows, features) and their classes."""
    found = HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=0.12,
        max_leaf_nodes=24,
        max_depth=7,
        min_samples_leaf=15,
        l2_regularization=1.0,
        max_features=0.25,
        max_bins=127,
        early_stopping=False,
        random_state=0,
    )
    return found.fit(features, truth, sample_weight=weight)


def forest(grown: Sequence[Any]) -> Forest:
    """Puts the trees of classifiers with two classes, or of one with more, into a forest with an output each."""
    outputs: list[tuple[float, list[Any]]] = []
    for one in grown:
        start = np.ravel(one._baseline_prediction)  # noqa: SLF001 - scikit-learn has no other way to its trees
        outputs += [(float(start[k]), [step[k] for step in one._predictors]) for k in range(len(start))]  # noqa: SLF001
    roots, parts, offset, depth = [], [], 0, 0
    for _, trees in outputs:
        for tree in trees:
            nodes = tree.nodes
            own = np.arange(len(nodes)) + offset
            leaf = nodes["is_leaf"].astype(bool)
            # As float32 they must send every float32 to the same side: rounded down.
            near = nodes["num_threshold"].astype(np.float32)
            low = np.where(near > nodes["num_threshold"], np.nextafter(near, np.float32(-np.inf)), near)
            parts.append(
                (
                    np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16),
                    np.where(leaf, 0, low).astype(np.float32),
                    np.where(leaf, own, nodes["left"] + offset).astype(np.int32),
                    np.where(leaf, own, nodes["right"] + offset).astype(np.int32),
                    np.where(leaf, nodes["value"], 0).astype(np.float32),
                )
            )
            roots.append(offset)
            offset += len(nodes)
            depth = max(depth, int(nodes["depth"].max()))
    feature, threshold, left, right, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Forest(
        start=np.array([start for start, _ in outputs], np.float32),
        root=np.array(roots, np.int32).reshape(len(outputs), -1),
        feature=feature,
        threshold=threshold,
        left=left,
        right=right,
        value=value,
        depth=depth,
    )
