"""Evaluates the models of a study on the benchmark's tracks, and writes the file from which anyone can.

The runs lie where ``omni-bench study STUDY.toml`` has them, and are the same runs: either command goes on with what the
other has done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from reference_model.generator import Omni2Sound
from vggsound_omni.generators import listing_of
from vggsound_omni.io import replacing
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.result import Result, read_result
from vggsound_omni.runs.score import ScoreOptions, scorable, score
from vggsound_omni.tracks import load_track

from .arms import Arm
from .presets import Preset
from .train import Study


@dataclass(frozen=True, kw_only=True)
class Run:
    """One model on one track."""

    system: str  # an arm, or a baseline
    seed: int | None  # of the training; None for a baseline
    options: RunOptions

    @property
    def finished(self) -> bool:
        """Whether it is scored."""
        return (self.options.output / "result.json").exists()


def runs(study: Study, arms: Sequence[Arm], seeds: Sequence[int]) -> list[Run]:
    """Returns the runs of a study: the first seed of all arms, then the next; then the baselines."""
    found = [
        Run(system=arm.name, seed=seed, options=_options(study, f"{arm.name}-seed{seed}", "ref", track, arm, seed))
        for seed in seeds
        for arm in arms
        for track in arm.tracks(study.preset)
    ]
    return found + [
        Run(system=name, seed=None, options=_options(study, name, name, track))
        for name in study.preset.baselines
        for track in baseline_tracks(study.preset, name)
    ]


def baseline_tracks(preset: Preset, name: str) -> list[str]:
    """Returns the preset's tracks that ask for what a baseline does."""
    spec = listing_of(name)
    assert spec is not None
    return [track for track in preset.tracks if load_track(track).task in spec.tasks]


def _options(
    study: Study, name: str, model: str, track: str, arm: Arm | None = None, seed: int | None = None
) -> RunOptions:
    arguments = {} if arm is None or seed is None else _arguments(study, arm, seed)
    return RunOptions(
        suite=study.preset.suite,
        track=track,
        model=model,
        name=name,
        arguments=arguments,
        limit=study.preset.limit,
        output=study.work / "runs" / name / track / "seed0",
    )


def _arguments(study: Study, arm: Arm, seed: int) -> dict[str, str]:
    return {
        "weights": str(study.model(arm, seed)),
        "encoders": str(study.encoders),
        "steps": str(study.preset.sampling_steps),
        "text_guidance": "none",  # by all conditions at once, as published
    }


def evaluate(study: Study, asked: Sequence[Run]) -> None:
    """Generates and scores the runs that are not finished, our own models in this process."""
    how = ScoreOptions(encoder_set="foleyworld")
    missing = [run for run in asked if not run.finished]
    steps = study.preset.sampling_steps
    loaded = lru_cache(maxsize=1)(lambda weights: Omni2Sound(weights, study.encoders, steps, text_guidance=None))
    for number, run in enumerate(missing):
        options = run.options
        study.console.print(f"[{number + 1}/{len(missing)}] {options.name} on {options.track}", markup=False)
        own = None if run.seed is None else loaded(Path(options.arguments["weights"]))
        plan = generate(options, study.console, own, partial(scorable, how))
        score(options.output, study.console, how, plan=plan)


def results(asked: Sequence[Run]) -> Iterator[tuple[Run, Result]]:
    """Yields the finished runs with their results."""
    for run in asked:
        if run.finished:
            yield run, read_result(run.options.output)


def write_study(study: Study, arms: Sequence[Arm], seeds: Sequence[int]) -> Path:
    """Writes ``study.toml``, which ``omni-bench study`` evaluates, and returns its path."""
    preset = study.preset
    lines = [
        f"# The generalist dilemma, {preset.name}: omni-bench study {study.work / 'study.toml'}",
        f'suite = "{preset.suite}"',
        'encoders = "foleyworld"',
        f"tracks = {_listed(preset.tracks)}",
        "seeds = [0] # of the sampling; the seeds of the training are in the names",
        f"output = {_quoted(study.work / 'runs')}",
        *([f"limit = {preset.limit}"] if preset.limit is not None else []),
        "",
        *(
            f'models.{name} = {{ model = "{name}", tracks = {_listed(baseline_tracks(preset, name))} }}'
            for name in preset.baselines
        ),
    ]
    for seed in seeds:
        for arm in arms:
            given = ", ".join(f"{key} = {_quoted(value)}" for key, value in _arguments(study, arm, seed).items())
            lines += [
                "",
                f"[models.{arm.name}-seed{seed}]",
                'model = "ref"',
                f"arguments = {{ {given} }}",
                f"tracks = {_listed(arm.tracks(preset))}",
            ]
    with replacing(study.work / "study.toml") as path:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return study.work / "study.toml"


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, names))}]"


def _quoted(text: object) -> str:
    """Returns a TOML string."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
