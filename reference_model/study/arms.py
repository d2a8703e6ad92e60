"""The ten ways of training that the study of the generalist dilemma compares, at equal total steps.

Published: a model of text and of video trades one for the other (1); captions that describe what is seen and heard are
a bridge between the two (2), if they are right (3); text alone comes first (4), robustness last (5, 6), at a small cost
(7). See docs/generalist-dilemma.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reference_model.training.config import StageConfig
from vggsound_omni.protocol import TASKS, Task
from vggsound_omni.tracks import load_track

from .presets import Preset

PUBLISHED: Final[Mapping[Task, float]] = {"v2a": 0.55, "vt2a": 0.35, "t2a": 0.10}
ROBUST: Final[Mapping[str, Any]] = {"text_dropout": 0.15, "offscreen": 0.3}
"""Stage 3. The published share of off-screen sounds is .15; over so few steps that would be some hundred examples."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of a model's training."""

    stage: int  # 2, or 3: with words dropped, and sounds apart from their picture
    tasks: Mapping[Task, float]
    poor: bool = False  # whether captions that come with video are wrong on purpose


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way of training."""

    name: str
    title: str  # as tables call it
    first: bool  # whether it starts from stage 1 (text alone), whose steps count
    stages: tuple[Stage, ...]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What it can be asked for: a model of one task only that, one of text and of video also both."""
        seen = {task for stage in self.stages for task in stage.tasks}
        return TASKS if len(seen) > 1 else tuple(seen)

    def tracks(self, preset: Preset) -> list[str]:
        """Returns the preset's tracks that ask for its tasks."""
        return [track for track in preset.tracks if load_track(track).task in self.tasks]

    def configs(self, preset: Preset, seed: int) -> list[StageConfig]:
        """Returns its stages after the first; with it, they add up to the preset's steps."""
        left = preset.steps - (preset.first if self.first else 0)
        lengths = [left] if len(self.stages) == 1 else [left - preset.last, preset.last]
        found = []
        for number, (stage, steps) in enumerate(zip(self.stages, lengths, strict=True)):
            final = number == len(self.stages) - 1
            found.append(
                _config(
                    preset,
                    seed,
                    name=f"{self.name}-s{stage.stage}",
                    stage=stage.stage,
                    steps=steps,
                    tasks=dict(stage.tasks),
                    bridge="poor" if stage.poor else "aligned",
                    cool_down=min(preset.last / steps, 1.0) if final else 0.0,
                    **(ROBUST if stage.stage == 3 else {}),
                )
            )
        return found


def first_stage(preset: Preset, seed: int) -> StageConfig:
    """Returns stage 1, which the arms of a seed share."""
    return _config(preset, seed, name="s1", stage=1, steps=preset.first, tasks={"t2a": 1.0})


def _config(preset: Preset, seed: int, **own: Any) -> StageConfig:  # noqa: ANN401 - pydantic checks them
    return StageConfig(
        model="nano",
        depth=preset.depth,
        width=preset.width,
        heads=preset.heads,
        data="train",
        validation="validation",
        batch=preset.batch,
        rate=preset.rate,
        warm_up=max(1, preset.steps // 30),
        classes=preset.classes,
        crop=preset.crop,
        seed=seed,
        checkpoint_every=preset.steps,
        ema_widths=(0.05, 0.1),
        **own,
    )


def _only(task: Task) -> tuple[Stage, ...]:
    return (Stage(stage=2, tasks={task: 1.0}),)


def _apart(text: float) -> tuple[Stage, ...]:
    return (Stage(stage=2, tasks={"t2a": text, "v2a": 1 - text}),)


_BRIDGE: Final = Stage(stage=2, tasks=PUBLISHED)
_ROBUST: Final = Stage(stage=3, tasks=PUBLISHED)

ARMS: Final[dict[str, Arm]] = {
    arm.name: arm
    for arm in (
        Arm(name="t2a-only", title="T2A only", first=False, stages=_only("t2a")),
        Arm(name="v2a-only", title="V2A only", first=False, stages=_only("v2a")),
        Arm(name="vt2a-only", title="VT2A only", first=False, stages=_only("vt2a")),
        Arm(name="apart-20", title="T2A .20 + V2A .80", first=False, stages=_apart(0.2)),
        Arm(name="apart-40", title="T2A .40 + V2A .60", first=False, stages=_apart(0.4)),
        Arm(name="bridge", title="S2 only: the bridge", first=False, stages=(_BRIDGE,)),
        Arm(
            name="poor-bridge",
            title="S2 only, poor captions",
            first=False,
            stages=(Stage(stage=2, tasks=PUBLISHED, poor=True),),
        ),
        Arm(name="s1-s2", title="S1, S2", first=True, stages=(_BRIDGE,)),
        Arm(name="s1-s2s3", title="S1, S2 and S3 merged", first=True, stages=(_ROBUST,)),
        Arm(name="s1-s2-s3", title="S1, S2, S3", first=True, stages=(_BRIDGE, _ROBUST)),
    )
}
