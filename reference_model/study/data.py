"""The examples of a study: those of ``omni-train prepare``, made now where they are missing."""

from __future__ import annotations

from pathlib import Path

from reference_model.components import Components
from reference_model.scenes import PARTED, Scenes
from reference_model.training.prepare import prepare_mixtures, prepare_scenes, read_told
from vggsound_omni.encoders.foleyworld.data import Shard, render, rendered_whole

from .presets import Preset


def prepare(work: Path, preset: Preset, components: Components, jobs: int | None, captions: Path | None) -> Path:
    """Writes what is missing of a preset's examples, and returns their folder.

    Args:
        work: the study's folder.
        preset: its size.
        components: the encoders.
        jobs: processes that render scenes.
        captions: a manifest of captions in place of FoleyWorld's; poor captions are FoleyWorld's all the same.
    """
    data = work / "data"
    if preset.whole_shards:
        scenes = Scenes(count=preset.scenes, further=preset.offscreen, jobs=jobs)
        aligned, parted = scenes.aligned(), scenes.parted()
    else:
        aligned = [_shard(work, "main", preset.scenes)]
        parted = [_shard(work, stratum, preset.offscreen) for stratum in PARTED]
    told = read_told(captions, aligned) if captions else None
    prepare_scenes(data / "train", aligned, components, poor=True, told=told)
    prepare_scenes(data / "train-offscreen", parted, components)
    prepare_mixtures(data / "train-offscreen", aligned, preset.mixtures, components, seed=0, told=told)
    return data


def _shard(work: Path, stratum: str, scenes: int) -> Shard:
    """Renders a few scenes of train into the study's own folder."""
    keys = tuple(("train", stratum, index) for index in range(scenes))
    shard = Shard(keys=keys, folder=work / "scenes" / f"{stratum}-{scenes}")
    if not rendered_whole(shard):
        render(shard)
    return shard
