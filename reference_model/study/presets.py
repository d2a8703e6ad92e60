"""How large a study is: network, steps, data, seeds, and what it is evaluated on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vggsound_omni.suites.foleyworld.suite import FEW


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One size of the study."""

    name: str
    depth: int  # blocks of the transformer
    width: int  # its channels
    heads: int
    crop: int | None  # seconds of each example that a step sees; None: all
    classes: tuple[str, ...] | None  # everything that is heard in training is one of these; None: all classes
    suite: str  # what is evaluated on
    scenes: int  # of train, before those of other classes are left out
    offscreen: int  # more natural and conflict scenes, each
    mixtures: int
    steps: int  # in all, of every model
    first: int  # of stage 1, where there is one
    last: int  # of stage 3, where there is one; the rate falls over as many steps at the end of every model
    batch: int
    rate: float  # highest learning rate
    seeds: tuple[int, ...]
    tracks: tuple[str, ...]
    baselines: tuple[str, ...]  # models of the benchmark that are evaluated beside
    sampling_steps: int
    limit: int | None = None  # items of a track
    whole_shards: bool = True  # whether scenes are those of the benchmark's encoders, in shards of 250
    seconds_a_step: float | None = None  # where it was measured, on one core


_ALL: Final = ("t2a", "v2a", "vt2a", "offscreen", "conflict", "bgm")
_BASELINES: Final = ("oracle", "grammar", "retrieval", "shuffled")

PRESETS: Final[dict[str, Preset]] = {
    preset.name: preset
    for preset in (
        Preset(
            name="smoke",
            depth=1,
            width=32,
            heads=2,
            crop=4,
            classes=None,
            suite="foleyworld",
            scenes=16,
            offscreen=4,
            mixtures=4,
            steps=12,
            first=4,
            last=4,
            batch=4,
            rate=1e-3,
            seeds=(0, 1),
            tracks=("t2a", "v2a"),
            baselines=("grammar",),
            sampling_steps=2,
            limit=2,
            whole_shards=False,
        ),
        Preset(
            name="laptop",
            depth=4,
            width=192,
            heads=4,
            crop=4,
            classes=FEW,
            suite="foleyworld-few",
            scenes=6000,
            offscreen=750,
            mixtures=1000,
            steps=3000,
            first=900,
            last=900,
            batch=16,
            rate=1e-3,
            seeds=(0, 1, 2),
            tracks=_ALL,
            baselines=_BASELINES,
            sampling_steps=25,
            seconds_a_step=0.17,
        ),
        Preset(
            name="gpu",
            depth=6,
            width=256,
            heads=4,
            crop=None,
            classes=None,
            suite="foleyworld",
            scenes=24000,
            offscreen=4000,
            mixtures=4000,
            steps=60_000,
            first=18_000,
            last=18_000,
            batch=64,
            rate=1e-3,
            seeds=(0, 1, 2),
            tracks=_ALL,
            baselines=_BASELINES,
            sampling_steps=50,
        ),
    )
}
