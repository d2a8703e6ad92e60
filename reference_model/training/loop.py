"""The training loop of a stage, the same for one process and for many."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

from reference_model.diffusion import velocity_loss
from reference_model.dit import DiT
from vggsound_omni.errors import UserError

from . import checkpoints
from .batches import Batches, Step
from .config import StageConfig
from .ema import RunningAverages

TIME_BINS = 10


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of one step."""

    step: int
    task: str
    loss: float
    norm: float  # of the gradient, before clipping
    rate: float
    bins: dict[int, float]  # mean loss of this process's items, by tenth of diffusion time
    seconds: float


class Training:
    """The state of a stage: network, optimiser, averages and the number of steps taken.

    If there is a process group, network, optimiser and averages are sharded over it (FSDP2).

    Args:
        config: the stage's config.
        folder: folder of its checkpoints.
        device: device of this process.
        start: initial weights if there is no checkpoint; None draws them at random.
    """

    def __init__(
        self, config: StageConfig, folder: Path, device: str = "cpu", start: Mapping[str, Tensor] | None = None
    ) -> None:
        self.config, self.folder, self.device = config, folder, device
        self.world = dist.get_world_size() if dist.is_initialized() else 1
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        network = DiT(config.dit)
        network.initialise(torch.Generator().manual_seed(config.seed))
        if start is not None:
            fill(network, start, config.start_from or "the weights to start from")
        self.network = network.to(device)
        if self.world > 1:
            low = torch.bfloat16 if config.precision == "bfloat16" else torch.float32
            # As in one process, autocast casts the inputs; conditions are not plain tensors.
            policy = MixedPrecisionPolicy(param_dtype=low, reduce_dtype=torch.float32, cast_forward_inputs=False)
            for block in self.network.blocks:
                fully_shard(block, mp_policy=policy)
            fully_shard(self.network, mp_policy=policy)
        if config.compile:
            self.network.compile()
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": config.decay}, {"params": others, "weight_decay": 0.0}],
            lr=config.rate,
            betas=config.betas,
        )
        self.averages = RunningAverages(dict(self.network.named_parameters()), config.ema_widths)
        self.step = 0
        self._saved = time.monotonic()  # when the last checkpoint was written

    def resume(self) -> bool:
        """Loads the last checkpoint; returns False if there is none."""
        last = checkpoints.latest(self.folder)
        if last is None:
            return False
        state = self._state()
        checkpoints.load(last, state)
        options = StateDictOptions(strict=True)
        set_model_state_dict(self.network, state["network"], options=options)
        set_optimizer_state_dict(self.network, self.optimiser, state["optimiser"], options=options)
        for average, loaded in zip(self.averages.averages, state["averages"].values(), strict=True):
            for name, tensor in average.items():
                tensor.copy_(loaded[name])
        self.step = checkpoints.step_of(last)
        return True

    def save(self) -> Path:
        """Writes a checkpoint of the current step."""
        self._saved = time.monotonic()
        return checkpoints.save(self.folder, self.step, self._state())

    def run(self, batches: Batches, report: Callable[[Report], None], until: int | None = None) -> None:
        """Trains up to step ``until`` (by default the stage's last), with checkpoints as the config says.

        Raises:
            UserError: the loss is not finite; the last checkpoint is kept.
        """
        last = self.config.steps if until is None else min(until, self.config.steps)
        for step in self._ahead(batches, last):
            report(self.take(step))
            late = self.world == 1 and time.monotonic() - self._saved > self.config.checkpoint_seconds
            if self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps or late:
                self.save()

    def _ahead(self, batches: Batches, last: int) -> Iterator[Step]:
        """Yields the steps up to the last, each drawn in a thread while the one before is taken."""
        with ThreadPoolExecutor(1) as pool:
            draws = (pool.submit(batches.step, number, self.rank, self.world) for number in range(self.step, last))
            coming = next(draws, None)
            while coming is not None:
                this, coming = coming.result(), next(draws, None)
                yield this

    def take(self, step: Step) -> Report:
        """Takes one step of the optimiser."""
        start = time.perf_counter()
        config = self.config
        rate = config.rate_at(self.step)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        losses = self.losses(step)
        loss = losses.mean()
        total = self._mean(loss.detach())
        if not math.isfinite(total):
            raise UserError(
                f"The loss is not finite at step {self.step} ({config.name}, {step.task}); "
                f"{checkpoints.latest(self.folder) or 'no checkpoint'} is the last good state."
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.optimiser.step()
        self.step += 1
        self.averages.update(dict(self.network.named_parameters()), self.step)
        bins = (step.t * TIME_BINS).long().clamp(max=TIME_BINS - 1)
        return Report(
            step=self.step,
            task=step.task,
            loss=total,
            norm=float(_whole(norm)),
            rate=rate,
            bins={k: float(losses.detach().cpu()[bins == k].mean()) for k in bins.unique().tolist()},
            seconds=time.perf_counter() - start,
        )

    def losses(self, step: Step) -> Tensor:
        """Returns the losses of this process's items, (b,)."""
        device = self.device
        low = self.config.precision == "bfloat16"
        kind = torch.device(device).type
        with torch.autocast(kind, torch.bfloat16) if low else nullcontext():
            return velocity_loss(
                self.network,
                step.batch.latents.to(device),
                step.batch.conditions.to(device),
                step.t.to(device),
                step.noise.to(device),
            )

    @torch.no_grad()
    def validate(self, batches: Batches, steps: int = 4) -> float:
        """Returns the mean loss of validation steps, with the same examples, times and noise each time."""
        self.network.eval()
        found = [self.losses(batches.step(number, self.rank, self.world)).mean() for number in range(steps)]
        self.network.train()
        return self._mean(torch.stack(found).mean())

    def weights(self) -> dict[str, Tensor]:
        """Returns the network's current weights as full float32 tensors, on the CPU of every process."""
        return {name: _whole(tensor.detach()).float().cpu() for name, tensor in self.network.named_parameters()}

    def average(self, index: int) -> dict[str, Tensor]:
        """Returns one of the running averages as full float32 tensors, on the CPU."""
        return {name: _whole(tensor).float().cpu() for name, tensor in self.averages.averages[index].items()}

    def _state(self) -> dict[str, Any]:
        averages = {str(k): dict(average) for k, average in enumerate(self.averages.averages)}
        return {
            "network": get_model_state_dict(self.network),
            "optimiser": get_optimizer_state_dict(self.network, self.optimiser),
            "averages": averages,
        }

    def _mean(self, value: Tensor) -> float:
        if self.world > 1:
            value = value.clone()
            dist.all_reduce(value, dist.ReduceOp.SUM)
            value /= self.world
        return float(value)


def fill(network: nn.Module, weights: Mapping[str, Tensor], what: str) -> None:
    """Loads weights into a network; ``what`` names them in the error.

    Raises:
        UserError: they belong to another network.
    """
    try:
        network.load_state_dict(dict(weights))
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:]]
        raise UserError(f"{what} does not fit this network: {lines[0]}") from error


def _whole(tensor: Tensor) -> Tensor:
    """Returns the full tensor of a sharded one."""
    return tensor.full_tensor() if isinstance(tensor, torch.distributed.tensor.DTensor) else tensor
