"""A block is what its equations say, and positions count only by their distance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from reference_model.dit.block import Block
from reference_model.dit.rotary import rotary_angles, rotate

from .examples import TINY, normal

WIDTH, HEADS, HEAD = TINY.width, TINY.heads, TINY.head_width
PAIRS = HEAD // 4


def standardised(row: Tensor) -> Tensor:
    centred = row - row.sum() / len(row)
    return centred / torch.sqrt((centred * centred).sum() / len(row) + 1e-5)


def softmax(scores: Sequence[Tensor]) -> list[Tensor]:
    powers = [torch.exp(score) for score in scores]
    return [power / torch.stack(powers).sum() for power in powers]


def attention(queries: Sequence[Tensor], keys: Sequence[Tensor], values: Sequence[Tensor]) -> list[Tensor]:
    """One vector of all heads for each query."""
    rows = []
    for query in queries:
        heads = []
        for head in range(HEADS):
            part = slice(head * HEAD, (head + 1) * HEAD)
            weights = softmax([(query[part] * key[part]).sum() / math.sqrt(HEAD) for key in keys])
            heads.append(sum((w * v[part] for w, v in zip(weights, values, strict=True)), torch.zeros(HEAD)))
        rows.append(torch.cat(heads))
    return rows


def turned(row: Tensor, position: int) -> Tensor:
    """Pairs as complex numbers, turned; the second half of each head as it is."""
    parts = []
    for head in row.split(HEAD):
        turn = [
            torch.complex(head[k], head[PAIRS + k])
            * torch.polar(torch.tensor(1.0).double(), torch.tensor(position * 10_000 ** (-k / PAIRS)).double())
            for k in range(PAIRS)
        ]
        parts += [*(number.real for number in turn), *(number.imag for number in turn), *head[2 * PAIRS :]]
    return torch.stack(parts)


def plain_block(
    weights: Mapping[str, Tensor], x: Tensor, modulation: Tensor, tokens: Tensor, mask: Tensor | None
) -> Tensor:
    """The residual stream after a block, item by item and row by row."""
    items = []
    for item in range(len(x)):
        rows = list(x[item])
        scale_a, shift_a, gate_a, scale_f, shift_f, gate_f = (modulation[item] + weights["offset"]).split(WIDTH, -1)

        inputs = [scale_a[n] * standardised(row) + shift_a[n] for n, row in enumerate(rows)]
        query, key, value = weights["self_attention.into.weight"].split(WIDTH)
        heard = attention(
            [turned(query @ row, n) for n, row in enumerate(inputs)],
            [turned(key @ row, n) for n, row in enumerate(inputs)],
            [value @ row for row in inputs],
        )
        out = weights["self_attention.out.weight"]
        rows = [row + (out @ heard[n]) / (1 + torch.exp(-gate_a[n])) for n, row in enumerate(rows)]

        allowed = [token for m, token in enumerate(tokens[item]) if mask is None or mask[item, m]]
        key, value = weights["cross_attention.key_value.weight"].split(WIDTH)
        queries = [
            weights["cross_attention.query.weight"]
            @ (standardised(row) * weights["cross_norm.weight"] + weights["cross_norm.bias"])
            for row in rows
        ]
        told = attention(queries, [key @ token for token in allowed], [value @ token for token in allowed])
        rows = [row + weights["cross_attention.out.weight"] @ told[n] for n, row in enumerate(rows)]

        gate, linear = weights["feed_forward.into.weight"].split(4 * WIDTH)
        for n, row in enumerate(rows):
            inside = scale_f[n] * standardised(row) + shift_f[n]
            opened = gate @ inside
            hidden = opened / (1 + torch.exp(-opened)) * (linear @ inside)
            rows[n] = row + (weights["feed_forward.out.weight"] @ hidden) / (1 + torch.exp(-gate_f[n]))
        items.append(torch.stack(rows))
    return torch.stack(items)


@pytest.fixture
def block() -> Block:
    generator = Generator().manual_seed(3)
    made = Block(TINY).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(0.4 * normal(*parameter.shape, generator=generator))
    return made


def angles(count: int) -> tuple[Tensor, Tensor]:
    angle = torch.tensor([[n * 10_000 ** (-k / PAIRS) for k in range(PAIRS)] for n in range(count)]).double()
    return angle.cos(), angle.sin()


@pytest.mark.parametrize("masked", [False, True])
def test_block_and_its_gradients_are_those_of_its_equations(block: Block, *, masked: bool) -> None:
    generator = Generator().manual_seed(4)
    given_ = [normal(2, 5, WIDTH, generator=generator), normal(2, 5, 6 * WIDTH, generator=generator)]
    given_.append(normal(2, 4, WIDTH, generator=generator))
    for tensor in given_:
        tensor.requires_grad_()
    mask = torch.tensor([[True, True, False, True], [True, False, False, False]]) if masked else None
    weights = dict(block.named_parameters())

    found = block(*given_, None if mask is None else mask[:, None, None], *angles(5))
    expected = plain_block(weights, given_[0], given_[1], given_[2], mask)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)

    direction = normal(*found.shape, generator=generator)
    sources = [*given_, *weights.values()]
    gradients = [torch.autograd.grad((out * direction).sum(), sources) for out in (found, expected)]
    for mine, true in zip(*gradients, strict=True):
        assert true.abs().max() > 1e-3
        torch.testing.assert_close(mine, true, rtol=1e-10, atol=1e-12)


def test_closed_gates_leave_only_cross_attention(block: Block) -> None:
    generator = Generator().manual_seed(5)
    x, tokens = normal(1, 5, WIDTH, generator=generator), normal(1, 3, WIDTH, generator=generator)
    modulation = normal(1, 5, 6, WIDTH, generator=generator)
    modulation[:, :, (2, 5)] = -1e3
    found = block(x, modulation.flatten(2), tokens, None, *angles(5))
    torch.testing.assert_close(found, x + block.cross_attention(block.cross_norm(x), tokens, None))


def test_synchrony_of_one_latent_moves_its_own_row_most(block: Block) -> None:
    """The scale, shift and gate of a latent reach others only through self-attention, later rows as well as earlier."""
    generator = Generator().manual_seed(6)
    x, tokens = normal(1, 9, WIDTH, generator=generator), normal(1, 3, WIDTH, generator=generator)
    modulation = normal(1, 9, 6 * WIDTH, generator=generator)
    other = modulation.clone()
    other[:, 4] += normal(6 * WIDTH, generator=generator)
    moved = (block(x, other, tokens, None, *angles(9)) - block(x, modulation, tokens, None, *angles(9))).norm(dim=-1)
    assert moved[0].argmax() == 4
    assert (moved > 0).all()


ROWS = st.integers(0, 200)


@given(i=ROWS, j=ROWS, shift=st.integers(0, 50), seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=50)
def test_scores_depend_on_distance_only(i: int, j: int, shift: int, seed: int) -> None:
    query, key = normal(2, HEAD, generator=Generator().manual_seed(seed))
    cosine, sine = rotary_angles(251, HEAD // 2, torch.device("cpu"))
    both = torch.stack((query, key)).expand(251, 2, HEAD)[None, :, :, None]
    queries, keys = rotate(both, cosine, sine)[0, :, :, 0].unbind(1)
    here, there = queries[i] @ keys[j], queries[i + shift] @ keys[j + shift]
    assert abs(float(here - there)) < 1e-4 * float(query.norm() * key.norm())  # 251 rad in float32
    torch.testing.assert_close(queries.norm(dim=-1), query.norm().expand(251), rtol=1e-6, atol=0)
    assert torch.equal(queries[:, HEAD // 2 :], query[HEAD // 2 :].expand(251, -1))


def test_scores_do_depend_on_distance() -> None:
    cosine, sine = rotary_angles(251, 32, torch.device("cpu"))
    same = rotate(torch.ones(1, 251, 2, 1, 64), cosine, sine)[0, :, 0, 0]
    scores = same @ same[0]
    assert scores.argmax() == 0
    assert scores[1:].max() < scores[0] - 0.5


def test_angles_are_those_of_the_paper() -> None:
    cosine, sine = rotary_angles(251, 16, torch.device("cpu"))
    for position in (0, 1, 17, 250):
        for k in range(8):
            angle = position * 10_000 ** (-2 * k / 16)
            assert float(cosine[position, k]) == pytest.approx(math.cos(angle), abs=3e-5)
            assert float(sine[position, k]) == pytest.approx(math.sin(angle), abs=3e-5)
