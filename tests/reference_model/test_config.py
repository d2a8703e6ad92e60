"""Stages as data: what ships, what changes, and what is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_model.training.config import names, read
from reference_model.training.plan import plan
from vggsound_omni.errors import UserError

SHARES = {
    "base": [{"v2a": 0.55, "vt2a": 0.35, "t2a": 0.10}, {"v2a": 0.55, "vt2a": 0.35, "t2a": 0.10}],  # as published
    "nano": [{"v2a": 0.4, "vt2a": 0.35, "t2a": 0.25}, {"v2a": 0.3, "vt2a": 0.45, "t2a": 0.25}],
}
"""Of the tasks in stages 2 and 3."""
FURTHER = ["nano-s3-more", "nano-s3-longer", "nano-s3-text", "nano-s3-last"]
"""In which the nano's third stage goes on, in this order."""


def test_the_three_stages_of_both_sizes_ship_and_lead_to_each_other() -> None:
    stages = [f"{size}-s{stage}" for size in ("base", "nano") for stage in (1, 2, 3)]
    assert names() == sorted([*stages, *FURTHER])
    assert [read(name).start_from for name in FURTHER] == ["nano-s3", *FURTHER[:-1]]
    for size in ("base", "nano"):
        first, second, third = (read(f"{size}-s{stage}") for stage in (1, 2, 3))
        assert (first.start_from, second.start_from, third.start_from) == (None, first.name, second.name)
        assert first.tasks == {"t2a": 1.0}
        assert (third.text_dropout, third.offscreen) == (0.15, {"base": 0.15, "nano": 0.3}[size])
        assert [second.tasks, third.tasks] == SHARES[size]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["stpes=3"], r'Unknown key "stpes": did you mean "steps"\?'),
        (["steps=many"], "steps: Input should be a valid integer"),
        (["steps=0"], "steps: Input should be greater than or equal to 1"),
        (["tasks={t2a = 0.5}"], "must add up to 1, not 0.5"),
        (["tasks={v2a = 1.0}"], "stage 1 has the task t2a only"),
        (["offscreen=0.1"], "belong to stage 3"),
        (["width=30"], "width must be a multiple"),
        (["steps"], '"steps" changes nothing; write key=value'),
    ],
)
def test_what_does_not_fit_is_one_sentence(changes: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as error:
        read("nano-s1", changes)
    assert "\n" not in str(error.value)


def test_a_config_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "nano"\nstage = 1\ndata = "a"\nvalidation = "b"\nsteps = 5\nbatch = 2\nrate = 1e-4\n'
                    'warm_up = 1\ntasks = { t2a = 1.0 }\n', encoding="utf-8")  # fmt: skip
    assert (read(str(path)).name, read(str(path)).steps) == ("mine", 5)
    path.write_text("model = ", encoding="utf-8")
    with pytest.raises(UserError, match="is not TOML"):
        read(str(path))
    with pytest.raises(UserError, match="There is no config"):
        read(str(tmp_path / "other.toml"))
    with pytest.raises(UserError, match='Unknown config "nano-s4": did you mean'):
        read("nano-s4")


def test_the_rate_goes_up_stays_and_comes_down() -> None:
    config = read("nano-s3", ["steps=1000", "warm_up=100", "cool_down=0.5", "rate=1.0"])
    assert config.rate_at(0) == pytest.approx(0.01)
    assert config.rate_at(99) == config.rate_at(500) == 1.0
    assert config.rate_at(750) == pytest.approx(0.5)
    assert config.rate_at(999) == pytest.approx(0.002)


def test_a_plan_counts_what_will_be() -> None:
    found = plan(read("nano-s2"))
    assert found.examples == 2500 * 16
    assert found.steps_by_task == {"v2a": 1000, "vt2a": 875, "t2a": 625}
    assert 5e6 < found.parameters < 15e6
    base = plan(read("base-s1"), world=8)
    assert base.state_bytes == pytest.approx(base.parameters * 24 / 8, rel=1e-6)
    kept = plan(read("base-s1", ["activation_checkpointing=false"]), world=8)
    assert kept.activation_bytes > 5 * base.activation_bytes
    assert kept.flops_a_step == pytest.approx(0.75 * base.flops_a_step)
