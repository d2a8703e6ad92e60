"""Own clips without classes, captions, pictures or truth: what can be audited is, and the rest says why not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from vggsound_omni.analysis.audit.outcomes import Audit
from vggsound_omni.cli.audit import command
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``omni-bench audit`` writes of three clips of a second and a half at 22.05 kHz, in stereo."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(0)
    for name in "abc":
        tone = np.sin(np.cumsum(rng.uniform(0.02, 0.3, 33_075))) * rng.uniform(0.1, 0.5)
        audio = Audio(samples=np.stack([tone, 0.5 * tone]).astype(np.float32), sample_rate=22_050)
        write_wav(folder / f"{name}.wav", audio, "PCM_16")
    (folder / "clips.csv").write_text("audio\na.wav\nb.wav\nc.wav\n", encoding="utf-8")
    done = CliRunner().invoke(
        command,
        ["--suite", f"manifest:{folder / 'clips.csv'}", "--encoders", "foleyworld", "--out", str(folder / "out")],
        standalone_mode=False,
    )
    assert done.exception is None, done.exception
    return folder / "out"


def test_the_corruptions_are_there_and_the_truth_is_not(folder: Path) -> None:
    audit = Audit.model_validate(json.loads((folder / "audit.json").read_text(encoding="utf-8")))
    assert audit.items == ["a", "b", "c"]
    assert audit.truth == []
    assert "swap_within" not in {one.key for one in audit.corruptions}
    assert {"kl", "fad", "pq"} <= {*audit.metrics, *audit.blind}
    assert audit.cell("gain_01", "fad").verdict == "pass"


def test_what_cannot_be_audited_says_why(folder: Path) -> None:
    absent = Audit.model_validate_json((folder / "audit.json").read_text(encoding="utf-8")).absent
    assert "20" in absent["is"]
    assert "video" in absent["ib"]
    assert "caption" in absent["ms_clap"]
    assert "video" in absent["ds"]


def test_the_page_needs_nothing_else(folder: Path) -> None:
    page = (folder / "audit.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', page) == []
    assert "http" not in page
    assert page.count("<details>") == 20
    assert "the suite has no captions" in page
    assert "nan" not in re.sub(r"base64,\S+", "", page).lower().split()
