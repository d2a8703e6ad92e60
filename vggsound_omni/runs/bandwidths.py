"""Measures the bandwidths of a suite and stores them with it.

python -m vggsound_omni.runs.bandwidths SUITE [ENCODERS]    # foleyworld

KAD then compares all runs on the suite with one kernel an encoder. Whoever changes the recordings of a suite, or trains
an encoder again, runs it again. ENCODERS is an encoder set; the suite's own unless given.
"""

from __future__ import annotations

import sys

import numpy as np
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Sources, bindings, extract
from vggsound_omni.metrics.kad import bandwidth
from vggsound_omni.metrics.metric import Encoded, KernelWidth
from vggsound_omni.suites import Suite, open_suite
from vggsound_omni.suites.bandwidths import Bandwidth, store_bandwidths
from vggsound_omni.tracks import load_track


def measured(suite: Suite, encoder_set: str, console: Console) -> dict[str, Bandwidth]:
    """Returns the median distance between two recordings of a suite, by encoder, for those that a metric asks for.

    Args:
        suite: all of its items with a recording are taken.
        encoder_set: whose encoders.
        console: where progress is shown.

    Raises:
        UserError: there are fewer than two recordings, or an encoder cannot be loaded.
    """
    items = [item for item in suite.items() if item.has_audio]
    if len(items) < 2:
        raise UserError(f"A bandwidth needs two recordings; {suite.name} has {len(items)}.")
    suite.check(items)
    files = {item.id: suite.media(item).audio for item in items}
    heard = {item_id: path for item_id, path in files.items() if path is not None}
    asking = [one for one in bindings(encoder_set) if any(isinstance(need, KernelWidth) for need in one.metric.needs)]
    sources = Sources(generated={}, reference=heard)
    extracted = extract(asking, sources, window=load_track("vt2a").window, console=console)
    if extracted.absent:
        raise UserError(next(iter(extracted.absent.values())))
    found: dict[str, Bandwidth] = {}
    for binding in asking:
        roles = {need.role for need in binding.metric.needs if isinstance(need, KernelWidth)}
        for need in binding.metric.needs:
            if isinstance(need, Encoded) and need.side == "reference" and need.role in roles:
                card = extracted.cards[binding.encoders[need.role].name]
                features = extracted.columns[card.name, "reference"].features
                rows = np.stack([features[item_id][need.output] for item_id in sorted(features)]).astype(np.float64)
                found[card.name] = Bandwidth(
                    checkpoint_sha256=card.checkpoint_sha256, clips=len(rows), bandwidth=float(f"{bandwidth(rows):.6g}")
                )
    return found


def main() -> None:
    """Runs the command."""
    console = Console()
    try:
        suite = open_suite(sys.argv[1] if len(sys.argv) > 1 else "foleyworld")
        found = measured(suite, sys.argv[2] if len(sys.argv) > 2 else suite.encoder_set, console)
        path = store_bandwidths(suite, found)
    except UserError as error:
        raise SystemExit(str(error)) from None
    for name, one in found.items():
        console.print(f"{name}: {one.bandwidth:g}, of {one.clips} recordings", highlight=False)
    console.print(f"Written to {path}.", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
