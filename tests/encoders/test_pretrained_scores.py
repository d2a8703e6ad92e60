"""A run scored with the field's encoders, of which only two have their weights here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.encoders.pretrained.rule import manifest_of, write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, build_encoder
from vggsound_omni.errors import UserError
from vggsound_omni.features.files import encode_files
from vggsound_omni.metrics import frechet, kl
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.runs import precision
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.folders import score_folders
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions, make_plan
from vggsound_omni.runs.precision import measure_drift
from vggsound_omni.runs.result import Result, Score
from vggsound_omni.runs.score import ScoreOptions, score

QUIET = Console(quiet=True)


class Hiss:
    """Stereo noise with an offset, 8 s whatever is asked for, as the field's clips are."""

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """One for each."""
        return [self.one(np.random.default_rng(request.seed)) for request in requests]

    def one(self, rng: np.random.Generator) -> Audio:
        """48 kHz."""
        samples = 0.02 + 0.1 * rng.standard_normal((2, 8 * 48_000))
        return Audio(samples=samples.astype(np.float32), sample_rate=48_000)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("weights")
    paths = []
    for name in ("vggish", "panns"):
        (folder / name).mkdir()
        paths.append(write_rule_checkpoint(name, folder / name / manifest_of(name).file))
    yield folder
    for path in paths:
        path.unlink()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "hiss"
    generate(RunOptions(track="t2a", model="hiss", limit=3, output=folder), QUIET, Hiss())
    return folder


def scored(run: Path, console: Console = QUIET, **options: Any) -> Result:
    return score(run, console, ScoreOptions(**({"encoder_set": "pretrained"} | options)))


@pytest.mark.soak
def test_the_numbers_are_those_of_the_features_that_encode_gives(weights: Path, run: Path) -> None:
    said = StringIO()
    console = Console(file=said, width=300)
    result = scored(run, console, kit="av-benchmark", weights=weights)
    assert (result.encoder_set, result.kit) == ("pretrained", "av-benchmark")
    suite = make_plan("foleyworld", "t2a", 3).suite
    ids = sorted(result.signals)
    references = [suite.media(item).audio for item in make_plan("foleyworld", "t2a", 3).items]
    generated = [RunFolder(run).audio_path(item) for item in ids]
    for name, keys in {"panns": ("kl", "fd"), "vggish": ("fad",)}.items():
        encoder = build_encoder(ENCODERS[name], weights / name / manifest_of(name).file, kit="av-benchmark")
        one, other = (
            encode_files(encoder, [path for path in paths if path], QUIET).arrays for paths in (references, generated)
        )
        rows = {
            output: [[side[f"{item}/{output}"] for item in ids] for side in (one, other)]
            for output in {name.partition("/")[2] for name in one}
        }
        expected = (
            {"fad": lambda r: frechet.evaluate(*r["embedding"])}
            if name == "vggish"
            else {
                "kl": lambda r: kl.evaluate(*(np.stack(side) for side in r["logits"])),
                "fd": lambda r: frechet.evaluate(*(np.stack(side) for side in r["embedding"])),
            }
        )
        for key in keys:
            found = result.scores[key]
            assert (found.status, found.metric_id) == ("computed", f"{key}-{name}")
            assert found.checkpoint_sha256 == encoder.card.checkpoint_sha256
            assert found.value == pytest.approx(expected[key](rows).value, rel=1e-5)
    for key, name in {"kl@passt": "passt", "fd@passt": "passt", "pq": "audiobox", "ms_clap": "ms-clap"}.items():
        assert result.scores[key].status == "not_computed"
        assert f"holds no weights of {name}: place {manifest_of(name).file} in" in (result.scores[key].reason or "")
    for name in ("passt", "audiobox", "ms-clap", "laion-clap"):
        assert said.getvalue().count(f"holds no weights of {name}:") == 1, "one sentence for each encoder, once"
    assert "imagebind" not in said.getvalue(), "no metric of this track looks at pictures"


@pytest.mark.crosscheck
def test_bfloat16_states_how_far_it_moves_the_scores(weights: Path, run: Path) -> None:
    exact = scored(run, weights=weights)
    assert exact.drift == {}
    rough = scored(run, precision="bfloat16", weights=weights)
    computed = {key for key, found in rough.scores.items() if found.value is not None}
    assert {"kl", "fd", "fad"} <= computed
    assert set(rough.drift) == computed
    assert any(rough.drift.values()), "bfloat16 was used"
    for key in computed:  # three items: the gate has seen them all
        moved = (rough.scores[key].value or 0) - (exact.scores[key].value or 0)
        assert rough.drift[key] == pytest.approx(moved, rel=1e-3, abs=1e-6)


def test_two_folders_in_bfloat16_meet_the_same_gate(weights: Path, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_SHARE", 0.0)  # how far it moves a score depends on the processor
    monkeypatch.setattr(precision, "_LEAST", 0.0)
    options = ScoreOptions(encoder_set="pretrained", precision="bfloat16", weights=weights)
    with pytest.raises(UserError, match=r"bfloat16 moves .* on the first 3 items, more than a hundredth"):
        score_folders(run / "audio", run / "audio", QUIET, options)


def test_bfloat16_that_moves_a_score_too_far_is_refused() -> None:
    def of(value: float) -> dict[str, Score]:
        exact = {"status": "computed", "value": value, "metric_id": "ms_clap", "unit": "", "direction": "higher"}
        return {"ms_clap": Score.model_validate(exact), "ib": Score.model_validate(exact | {"value": None})}

    assert measure_drift(of(0.3001), of(0.3), 3) == {"ms_clap": pytest.approx(1e-4)}
    with pytest.raises(UserError, match=r"bfloat16 moves ms_clap from 0\.3 to 0\.32 on the first 3 items"):
        measure_drift(of(0.32), of(0.3), 3)


def test_with_no_weights_at_all_nothing_is_scored(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no weights of panns.*Nor can the others be loaded: .*laion-clap"):
        scored(run, weights=tmp_path)


def test_a_wrong_file_leaves_the_other_encoders_standing(weights: Path, run: Path, tmp_path: Path) -> None:
    (tmp_path / "vggish.pth").symlink_to(weights / "vggish" / manifest_of("vggish").file)
    (tmp_path / "panns.pth").write_bytes(b"no weights")
    result = scored(run, weights=tmp_path)
    assert result.kit == "omni"
    assert result.scores["fad"].status == "computed"
    assert result.scores["kl"].status == "not_computed"
    assert "panns" in (result.scores["kl"].reason or "")


@pytest.mark.parametrize(
    "asked",
    [{"encoder_set": "pretraind"}, {"encoder_set": "foleyworld", "kit": "av-benchmark"}, {"precision": "bfloat16"}],
)
def test_sets_and_kits_that_are_not_there_are_refused(run: Path, asked: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r'"pretrained"|--encoders pretrained'):
        scored(run, QUIET, **({"encoder_set": None} | asked))
