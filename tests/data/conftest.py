"""FoleyWorld clips under VGGSound's names, with lists and annotations as VGGSound has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from vggsound_omni.suites.foleyworld import scene
from vggsound_omni.suites.foleyworld.record import record

IDS = tuple(f"FoleyWorl{k:02}_0000{k:02}" for k in range(6))
"""Ids such as VGGSound gives; the last two are off-screen scenes."""
SCENES = tuple(scene("test", *key) for key in (*(("main", k) for k in range(4)), ("natural", 29), ("natural", 14)))
"""Of main, the third has a source out of the picture; in the others of the grid something moves and words say where."""


@dataclass(frozen=True)
class Collection:
    """A folder of clips, and what is said of them."""

    clips: Path
    labels: Path
    annotations: Path
    captions: dict[str, str]


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("collection")
    clips = folder / "clips"
    clips.mkdir()
    rows, labels, captions = [], [], {}
    for item_id, one in zip(IDS, SCENES, strict=True):
        record(one, folder)
        (folder / f"{one.id}.mp4").rename(clips / f"{item_id}.mp4")
        captions[item_id] = one.captions.dense
        labels.append(f'{item_id}.mp4,"{one.captions.label}"')
        seen = "; ".join(source.sound_class for source in one.sources if source.on_screen)
        rows.append(
            {
                "id": item_id,
                "dense_caption": one.captions.dense,
                "labels": list(one.labels),
                "off_screen": one.stratum == "natural",
                "human_verified": True,
                "modality": "both",
                "visible": seen,
            }
        )
    (folder / "vggsound_test.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    (folder / "annotations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Collection(clips, folder / "vggsound_test.csv", folder / "annotations.jsonl", captions)
