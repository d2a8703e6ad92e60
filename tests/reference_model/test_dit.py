"""The whole network: its equations, sizes, and that neither compilation, recomputation nor type change what it says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from reference_model.conditioning import Conditions
from reference_model.dit import BASE, NANO, DiT, DiTConfig

from .examples import LATENTS, TINY, network, noisy, request
from .test_block import plain_block, standardised


def parameters(config: DiTConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in DiT(config).parameters())


def test_base_has_about_1_1_billion_parameters() -> None:
    assert 1.05e9 < parameters(BASE) < 1.2e9
    assert (BASE.depth, BASE.width, BASE.heads) == (24, 1536, 24)


def test_nano_has_5_to_15_million_parameters() -> None:
    assert 5e6 <= parameters(NANO) <= 15e6


def plain_network(weights: Mapping[str, Tensor], x_t: Tensor, t: float, conditions: Conditions) -> Tensor:
    """The velocity of one item, (n, c)."""

    def linear(name: str, x: Tensor) -> Tensor:
        return weights[f"{name}.weight"] @ x + weights[f"{name}.bias"]

    def two_layers(name: str, x: Tensor) -> Tensor:
        hidden = linear(f"{name}.0", x)
        return linear(f"{name}.2", hidden / (1 + torch.exp(-hidden)))

    def features(number: float) -> Tensor:
        cycles = [0.25 * 256 ** (k / 127) for k in range(128)]
        waves = [math.cos(2 * math.pi * number * cycle) for cycle in cycles]
        return torch.tensor(waves + [math.sin(2 * math.pi * number * cycle) for cycle in cycles]).double()

    def place(n: int) -> Tensor:
        half = TINY.condition_width // 2
        return torch.tensor(
            [function(n / 10_000 ** (k / half)) for function in (math.sin, math.cos) for k in range(half)]
        ).double()

    start = linear("tokens.start", features(0.0))
    length = linear("tokens.length", features(float(conditions.seconds[0]) / 10))
    told = [start, length]
    told += [linear("tokens.text", row) for row in conditions.text[0]]
    told += [linear("tokens.visual", row) + place(n) for n, row in enumerate(conditions.visual[0])]
    tokens = torch.stack([two_layers("tokens.project", row) for row in told])

    front = two_layers("time", features(t)) + two_layers("duration", torch.cat((start, length)))
    x = torch.stack([front, *(linear("latents_in", row) for row in x_t)])
    moments = [torch.zeros(TINY.sync_width).double(), *conditions.sync[0]]
    modulation = torch.stack([two_layers("modulation", row) for row in moments])
    for block in range(TINY.depth):
        prefix = f"blocks.{block}."
        own = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        x = plain_block(own, x[None], modulation[None], tokens[None], None)[0]
    rows = [standardised(row) * weights["norm.weight"] + weights["norm.bias"] for row in x[1:]]
    return torch.stack([linear("latents_out", row) for row in rows])


@pytest.mark.parametrize(("words", "frames"), [(3, 4), (3, 0), (0, 4), (0, 0)])
def test_network_is_what_its_equations_say(words: int, frames: int) -> None:
    dit, conditions = network(), request(words=words, frames=frames, seconds=6.4)
    x_t, t = noisy(1)
    with torch.no_grad():
        expected = plain_network(dict(dit.named_parameters()), x_t[0], float(t), conditions)
        # Fourier features turn up to 64 times, in float32
        torch.testing.assert_close(dit(x_t, t, conditions)[0], expected, rtol=0, atol=1e-4 * float(expected.std()))


def of_all_tasks() -> Conditions:
    return Conditions.join([request(0), request(1, words=0), request(2, frames=0), request(3, words=1, frames=2)])


@pytest.mark.soak
@pytest.mark.usefixtures("unchecked")
def test_network_compiles_as_one_graph() -> None:
    dit = network()
    compiled = torch.compile(dit, fullgraph=True, backend="aot_eager")
    x_t, t = noisy(4)
    try:
        for conditions in (of_all_tasks(), of_all_tasks().unconditional()):
            outputs = [call(x_t, t, conditions) for call in (dit, compiled)]
            torch.testing.assert_close(outputs[1], outputs[0], rtol=0, atol=1e-12)
            gradients = [torch.autograd.grad(out.square().sum(), list(dit.blocks.parameters())) for out in outputs]
            for plain, mine in zip(*gradients, strict=True):
                torch.testing.assert_close(mine, plain, rtol=1e-10, atol=1e-12)
    finally:
        torch.compiler.reset()


def test_recomputation_keeps_less_and_changes_no_gradient() -> None:
    kept, gradients = [], []
    for checkpointing in (False, True):
        dit = network(replace(TINY, checkpointing=checkpointing))
        stored: list[int] = []

        def store(tensor: Tensor, stored: list[int] = stored) -> Tensor:
            stored.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(store, lambda tensor: tensor):
            loss = dit(*noisy(4), of_all_tasks()).square().sum()
        kept.append(sum(stored))
        gradients.append(torch.autograd.grad(loss, list(dit.parameters())))
    assert kept[1] < kept[0] / 2
    assert all(torch.equal(plain, again) for plain, again in zip(*gradients, strict=True))


def test_bfloat16_says_nearly_the_same() -> None:
    dit, conditions = network(), of_all_tasks()
    x_t, t = noisy(4)
    expected = dit(x_t, t, conditions)
    found = dit.bfloat16()(x_t.bfloat16(), t.float(), conditions.to("cpu", torch.bfloat16))
    assert found.dtype == torch.bfloat16
    assert (found.double() - expected).norm() < 0.05 * expected.norm()


def test_new_network_predicts_nothing_and_treats_all_latents_alike() -> None:
    dit = DiT(TINY).double()
    dit.initialise(Generator().manual_seed(0))
    conditions = of_all_tasks()
    assert not dit(*noisy(4), conditions).any()
    neutral = torch.tensor([1.0, 0.0, 1.0] * 2).repeat_interleave(TINY.width).double()
    assert torch.equal(dit.modulation(conditions.sync), neutral.expand(4, LATENTS, -1))


def test_first_weights_are_those_of_the_generator() -> None:
    states = []
    for seed in (0, 0, 1):
        dit = DiT(TINY)
        dit.initialise(Generator().manual_seed(seed))
        states.append(dit.get_parameter("blocks.0.self_attention.into.weight"))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_residual_stream_of_a_new_network_grows_alike_at_any_depth() -> None:
    growth = []
    for depth in (2, 24):
        dit = DiT(replace(TINY, depth=depth, width=64)).double()
        dit.initialise(Generator().manual_seed(0))
        powers: list[Tensor] = []
        for module in (dit.blocks[0], dit.norm):
            module.register_forward_pre_hook(lambda _, inputs, to=powers: to.append(inputs[0].detach().square().mean()))
        dit(*noisy(4), of_all_tasks())
        growth.append(float(powers[1] / powers[0]))
    assert 1.1 < growth[0] < 1.5
    assert growth[1] == pytest.approx(growth[0], rel=0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"depth": 0}, "depth must be at least 1, not 0"),
        ({"width": 20}, "20 is not one of 8"),
        ({"condition_width": 7}, "condition_width must be even"),
    ],
)
def test_sizes_that_cannot_be(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(TINY, **change)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("x_t", "t", "sentence"),
    [
        (torch.zeros(2, LATENTS, 4), torch.zeros(2), r"x_t must be \(batch, latents, 3\), not \(2, 7, 4\)"),
        (torch.zeros(2, LATENTS, 3), torch.zeros(1), r"one time for each of 2 items, not \(1,\)"),
        (torch.zeros(2, LATENTS, 3), torch.zeros(2), "conditions are of 1 items, x_t is of 2"),
        (torch.zeros(1, 8, 3), torch.zeros(1), "7 synchronisation features an item do not fit x_t with 8 latents"),
    ],
)
def test_input_of_another_shape_is_one_sentence(x_t: Tensor, t: Tensor, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        DiT(TINY)(x_t, t, request())


def test_conditions_of_another_width_are_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"must be \(9, 6, 4\) wide for this network, not \(5, 6, 4\)"):
        DiT(replace(TINY, text_width=9))(torch.zeros(1, LATENTS, 3), torch.zeros(1), request())


def test_shapes_are_checked_while_tests_run() -> None:
    with pytest.raises(TypeError, match=r"Type-check error.*DiT\.forward"):
        DiT(TINY)(torch.zeros(2, LATENTS, 3), torch.zeros(1), request())
