"""A stage that is interrupted ends as if it had not been; many processes train what one does."""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn

from reference_model.training.batches import Batches
from reference_model.training.export import averaged
from reference_model.training.loop import Report, Training
from reference_model.training.run import check_examples, train
from reference_model.training.shards import Shards
from vggsound_omni.errors import UserError

from .training import EXAMPLES, LATENTS, SMALL, opened, small, write_examples


def losses(training: Training, batches: Batches, until: int) -> list[float]:
    found: list[Report] = []
    training.run(batches, found.append, until)
    return [one.loss for one in found]


def test_an_interrupted_stage_goes_on_with_identical_losses_and_averages(tmp_path: Path) -> None:
    config = small()
    batches = opened(config, tmp_path / "data")
    whole = Training(config, tmp_path / "whole")
    expected = losses(whole, batches, 6)

    first = Training(config, tmp_path / "broken")
    assert not first.resume()
    start = losses(first, batches, 5)  # the last checkpoint is of step 3
    second = Training(config, tmp_path / "broken")
    assert second.resume()
    assert second.step == 3
    assert [*start[:3], *losses(second, batches, 6)] == expected
    for mine, other in zip(whole.averages.averages, second.averages.averages, strict=True):
        assert all(torch.equal(tensor, other[name]) for name, tensor in mine.items())


def test_losses_fall(tmp_path: Path) -> None:
    """Latents that are all zero leave only the noise to be told, which one block can."""
    config = small("nano-s2", "rate=1e-2", "batch=16", "checkpoint_every=1000", "condition_dropout=0")
    write_examples(tmp_path, "train")
    for part in ("0000", "0001"):
        np.save(tmp_path / "train" / part / "latents.npy", np.zeros((EXAMPLES // 2, LATENTS, 32), np.float16))
    batches = Batches.open(config, tmp_path)
    found = losses(Training(config, tmp_path / "run"), batches, 40)
    assert np.mean(found[-10:]) < 0.8 * np.mean(found[:5])


def test_a_loss_that_is_not_finite_stops_with_the_step_and_the_last_good_state(tmp_path: Path) -> None:
    config = small()
    batches = opened(config, tmp_path / "data")
    training = Training(config, tmp_path / "run")
    losses(training, batches, 3)
    with torch.no_grad():
        training.network.latents_out.bias.fill_(math.nan)
    with pytest.raises(UserError, match=r"not finite at step 3 .*step-00000003 is the last good state"):
        losses(training, batches, 4)
    again = Training(config, tmp_path / "run")
    assert again.resume()
    assert all(p.isfinite().all() for p in again.network.parameters())


def test_a_checkpoint_of_another_shape_is_refused(tmp_path: Path) -> None:
    batches = opened(small(), tmp_path / "data")
    losses(Training(small(), tmp_path / "run"), batches, 3)
    with pytest.raises(UserError, match=r"step-00000003 is not a checkpoint of this config"):
        Training(small("nano-s3", "width=32"), tmp_path / "run").resume()


def test_no_room_for_a_checkpoint_is_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Training(small(), tmp_path / "run")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(UserError, match=r"A checkpoint needs \d+ MiB, but .* has 0; make room"):
        training.save()
    assert list((tmp_path / "run").iterdir()) == []


def test_only_the_last_two_checkpoints_stay(tmp_path: Path) -> None:
    training = Training(small(), tmp_path)
    for step in (1, 2, 3):
        training.step = step
        training.save()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["step-00000002", "step-00000003"]


def test_validation_is_the_same_each_time_and_changes_nothing(tmp_path: Path) -> None:
    config = small()
    batches = opened(config, tmp_path)
    training = Training(config, tmp_path / "run")
    first = training.validate(batches)
    assert training.validate(batches) == first
    assert training.step == 0


def in_a_group(rank: int, folder: Path) -> None:
    """One of two processes: three steps, a checkpoint, and its losses in a file."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{folder / 'group'}", rank=rank, world_size=2)
    config = small()
    training = Training(config, folder / "two")
    torch.save(losses(training, Batches.open(config, folder / "data"), 3), folder / f"losses-{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.soak
def test_two_processes_with_sharded_weights_have_the_losses_of_one(tmp_path: Path) -> None:
    config = small()
    batches = opened(config, tmp_path / "data")
    one = Training(config, tmp_path / "one")
    expected = losses(one, batches, 3)
    spawn(in_a_group, (tmp_path,), nprocs=2)
    for rank in (0, 1):
        assert torch.load(tmp_path / f"losses-{rank}.pt") == pytest.approx(expected, abs=1e-5)
    # and one process goes on from what two have written
    after = Training(config, tmp_path / "two")
    assert after.resume()
    for (name, mine), other in zip(one.weights().items(), after.weights().values(), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4, msg=name)


def trained_in_a_group(rank: int, folder: Path) -> None:
    """One of two processes of a command that trains a stage."""
    torch.set_num_threads(1)
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": (folder / "port").read_text()}
    os.environ |= {**address, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    train("nano-s1", (*SMALL, "steps=4", "validate_every=2"), folder / "two", None, "cpu")


@pytest.mark.soak
def test_a_stage_of_two_processes_leaves_the_averages_of_one(tmp_path: Path) -> None:
    write_examples(tmp_path / "one" / "data", "train", "validation")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (tmp_path / "port").write_text(str(free.getsockname()[1]))
    train("nano-s1", (*SMALL, "steps=4", "validate_every=2"), tmp_path / "one", None, "cpu")
    for _ in range(2):  # the second time there is nothing left to do
        spawn(trained_in_a_group, (tmp_path,), nprocs=2)
    (one, step), (two, other) = (averaged(tmp_path / name / "nano-s1", 0.08) for name in ("one", "two"))
    assert step == other == 4
    for name, weights in one.items():
        torch.testing.assert_close(weights, two[name], atol=2e-3, rtol=1e-2, msg=name)


def test_the_parts_of_processes_make_up_the_batch_of_one(tmp_path: Path) -> None:
    batches = opened(small("nano-s3", "offscreen=0"), tmp_path)
    for number in range(4):
        whole = batches.step(number)
        parts = [batches.step(number, rank, 2) for rank in (0, 1)]
        assert {part.task for part in parts} == {whole.task}
        for name in ("t", "noise"):
            assert torch.equal(torch.cat([getattr(part, name) for part in parts]), getattr(whole, name))
        assert torch.equal(torch.cat([part.batch.latents for part in parts]), whole.batch.latents)


def test_a_batch_that_processes_cannot_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="batch of 4 cannot be shared evenly by 3"):
        opened(small(), tmp_path).step(0, 0, 3)


def test_tasks_come_as_often_as_the_stage_says(tmp_path: Path) -> None:
    batches = opened(small("nano-s2", "batch=1"), tmp_path)
    tasks: list[str] = [batches.step(number).task for number in range(600)]
    for task, share in (("v2a", 0.4), ("vt2a", 0.35), ("t2a", 0.25)):
        assert tasks.count(task) / 600 == pytest.approx(share, abs=4 * (share * (1 - share) / 600) ** 0.5)


def test_each_task_has_its_own_conditions(tmp_path: Path) -> None:
    batches = opened(small("nano-s2", "condition_dropout=0"), tmp_path)
    for number in range(20):
        step = batches.step(number)
        conditions = step.batch.conditions
        assert bool(conditions.text_mask.any()) == (step.task != "v2a")
        assert bool(conditions.visual_mask.any()) == (step.task != "t2a")
        assert bool(conditions.sync.any()) == (step.task != "t2a")


def test_stage_3_loses_words_and_hears_what_is_out_of_frame(tmp_path: Path) -> None:
    config = small("nano-s3", "batch=400", "condition_dropout=0", "tasks={vt2a = 1.0}")
    batches = opened(config, tmp_path)
    assert batches.offscreen is not None
    step = batches.step(0)
    every = batches.offscreen.batch(range(EXAMPLES), [0] * EXAMPLES).latents
    away = {tuple(row[0, :3].tolist()) for row in every}
    share = np.mean([tuple(row[0, :3].tolist()) in away for row in step.batch.latents])
    assert share == pytest.approx(config.offscreen, abs=0.06)
    plain = replace(
        batches, config=small("nano-s3", "batch=400", "condition_dropout=0", "text_dropout=0", "tasks={vt2a = 1.0}")
    )
    kept = step.batch.conditions.text_mask.sum() / plain.step(0).batch.conditions.text_mask.sum()
    assert float(kept) == pytest.approx(0.85, abs=0.04)


def test_a_folder_without_examples_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="omni-train prepare"):
        len(Shards(tmp_path / "data" / "train"))


def test_examples_cut_short_are_none(tmp_path: Path) -> None:
    write_examples(tmp_path, "train")
    np.save(tmp_path / "train" / "0001" / "sync.npy", np.zeros((EXAMPLES // 2 - 1, 10, 64), np.float16))
    with pytest.raises(UserError, match="does not hold examples"):
        Shards(tmp_path / "train")


def test_a_stage_does_not_go_on_with_other_examples(tmp_path: Path) -> None:
    config, data = small(), tmp_path / "data"
    check_examples(tmp_path / "stage", opened(config, data))
    check_examples(tmp_path / "stage", Batches.open(config, data))
    facts = data / "train-offscreen" / "0001" / "shards.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"told": "others' captions"}))
    with pytest.raises(UserError, match="begun with examples of other scenes, encoders or captions"):
        check_examples(tmp_path / "stage", Batches.open(config, data))


def test_a_part_that_was_not_finished_is_none(tmp_path: Path) -> None:
    write_examples(tmp_path, "train")
    (tmp_path / "train" / "0001" / "shards.json").unlink()
    assert len(Shards(tmp_path / "train")) == EXAMPLES // 2


def test_examples_of_some_classes_have_no_other_sound(tmp_path: Path) -> None:
    write_examples(tmp_path, "train")
    whole, dogs = Shards(tmp_path / "train"), Shards(tmp_path / "train", ("dog",))
    assert (len(whole), len(dogs)) == (EXAMPLES, EXAMPLES // 3)
    places = range(0, EXAMPLES, 3)  # the first of every three has a dog alone
    expected = whole.batch(places, [0] * len(places)).latents
    assert torch.equal(dogs.batch(range(len(dogs)), [0] * len(dogs)).latents, expected)
    with pytest.raises(UserError, match="no example whose sounds are all owl"):
        Shards(tmp_path / "train", ("owl",))


def test_the_poor_captions_are_those_of_the_bridge_alone(tmp_path: Path) -> None:
    """Words of the same examples: aligned where text comes alone, the poor ones where it comes with video."""
    changes = ("condition_dropout=0", "batch=40")
    data = tmp_path / "data"
    for task, alike in (("t2a", True), ("vt2a", False)):
        aligned, poor = (
            opened(small("nano-s2", *changes, f"tasks={{{task} = 1.0}}", f"bridge={bridge}"), data).step(0).batch
            for bridge in ("aligned", "poor")
        )
        assert torch.equal(aligned.latents, poor.latents)
        assert torch.equal(aligned.conditions.text_mask, poor.conditions.text_mask) == alike
    with pytest.raises(UserError, match="exclude each other"):
        small("nano-s3", "bridge=poor")


def test_captions_come_as_often_as_their_shares(tmp_path: Path) -> None:
    batches = opened(small("nano-s2", "batch=2000", "condition_dropout=0", "tasks={t2a = 1.0}"), tmp_path)
    found, every = batches.step(0).batch, range(EXAMPLES)
    first = {tuple(row.tolist()) for row in batches.plain.batch(every, [0] * EXAMPLES).conditions.text[:, 0]}
    share = np.mean([tuple(row.tolist()) in first for row in found.conditions.text[:, 0]])
    assert share == pytest.approx(0.7, abs=0.05)


def test_a_checkpoint_is_written_after_so_many_seconds(tmp_path: Path) -> None:
    config = small("nano-s3", "checkpoint_every=100", "checkpoint_seconds=1e-9")
    losses(Training(config, tmp_path / "run"), opened(config, tmp_path / "data"), 2)
    again = Training(config, tmp_path / "run")
    assert again.resume()
    assert again.step == 2
