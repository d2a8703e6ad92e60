"""Runs a study from nothing to its table, or from wherever it stopped."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from reference_model.components import Components
from reference_model.generator import WEIGHTS
from reference_model.training.checkpoints import begun_with
from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import content_sha256

from . import report
from .arms import ARMS
from .data import prepare
from .evaluate import evaluate, results, runs, write_study
from .findings import check
from .presets import PRESETS
from .summary import summary
from .train import Study


def run(
    work: Path,
    preset_name: str,
    *,
    encoders: Path | None = None,
    only: Sequence[str] = (),
    seeds: Sequence[int] = (),
    jobs: int | None = None,
    train_only: bool = False,
    captions: Path | None = None,
    console: Console | None = None,
) -> None:
    """Prepares, trains, evaluates and sums up what is missing of a study.

    Args:
        work: its folder.
        preset_name: its size, a name in :data:`.PRESETS`.
        encoders: folder of the autoencoder and encoders; None uses the shipped ones.
        only: names of the arms to do; empty does all.
        seeds: seeds of the training to do; empty does the preset's.
        jobs: processes that render scenes.
        train_only: stop after the training, for a process that shares the work with others.
        captions: a manifest of captions in place of FoleyWorld's aligned ones, such as SoundAtlas'.
        console: where progress is shown.

    Raises:
        UserError: there is no such preset, arm or seed, or the folder belongs to a study with other settings or
            captions.
    """
    if preset_name not in PRESETS:
        raise unknown_name("preset", preset_name, PRESETS)
    for name in only:
        if name not in ARMS:
            raise unknown_name("arm of the study", name, ARMS)
    preset = PRESETS[preset_name]
    if unknown := [seed for seed in seeds if seed not in preset.seeds]:
        raise UserError(
            f"The preset {preset.name} has the seeds {', '.join(map(str, preset.seeds))}, not {unknown[0]}."
        )
    arms, chosen = [arm for name, arm in ARMS.items() if not only or name in only], tuple(seeds) or preset.seeds
    console = console or Console(stderr=True)
    folder = (encoders or WEIGHTS).resolve()
    study = Study(
        work=work.resolve(), preset=preset, encoders=folder, components=Components.load(folder), console=console
    )
    check_captions(study.work, captions)
    missing = [(arm, seed) for seed in chosen for arm in arms if not study.model(arm, seed).exists()]
    if missing:
        steps = len(missing) * preset.steps
        hours = f", about {steps * preset.seconds_a_step / 3600:.1f} h" if preset.seconds_a_step else ""
        console.print(f"{len(missing)} models to train, at most {steps:,} steps{hours}.", highlight=False)
        prepare(study.work, preset, study.components, jobs, captions)
    for arm, seed in missing:
        study.train(arm, seed)
    file = write_study(study, list(ARMS.values()), preset.seeds)
    if train_only:
        console.print(f"Trained. omni-bench study {shlex.quote(str(file))} evaluates.", highlight=False, soft_wrap=True)
        return
    asked = runs(study, arms, chosen)
    evaluate(study, asked)
    found = summary(results(asked))
    checked = check(found)
    written = report.write(study, arms, found, checked)
    report.show(study, arms, found, checked, Console())
    for path in (file, *written[:3], written[-1]):
        console.print(str(path), highlight=False, soft_wrap=True)


def check_captions(work: Path, captions: Path | None) -> None:
    """Notes whose captions a study trains on, or checks that they are the same as before.

    Raises:
        UserError: it was begun with others.
    """
    own, noted = content_sha256(captions) if captions else "FoleyWorld", work / "captions"
    begun = (work / "training").exists() or (work / "models").exists()
    if begun and not noted.exists():
        begun_with("FoleyWorld", noted)
    if not begun_with(own, noted):
        raise UserError(f"{work} was begun with other captions; choose another --work, or give the same --captions.")
