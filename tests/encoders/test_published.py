"""Weights that are not the published file can be used, and every result says so; damaged ones cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from vggsound_omni.encoders.encoder import EncoderCard, EncoderSpec, unpublished
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.encoders.pretrained.checkpoint import load_checkpoint
from vggsound_omni.encoders.pretrained.port import Port
from vggsound_omni.encoders.pretrained.rule import rule_state, write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, build_encoder
from vggsound_omni.errors import UserError


@pytest.fixture(scope="module")
def vggish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = write_rule_checkpoint("vggish", tmp_path_factory.mktemp("weights") / "vggish-10086976.pth")
    yield path
    path.unlink()


VGGISH = ENCODERS["vggish"]


def noting(sha256: str | None) -> EncoderSpec:
    """VGGish's spec with another hash."""
    assert VGGISH.weights is not None
    weights = replace(VGGISH.weights, files=(replace(VGGISH.weights.checkpoint, sha256=sha256),))
    return replace(VGGISH, weights=weights)


def test_invented_weights_under_the_published_name_say_so_in_their_card(vggish: Path) -> None:
    card = build_encoder(VGGISH, vggish).card
    assert card.published is False
    (sentence,) = unpublished([card, card])
    assert sentence.startswith(f"The weights of vggish (SHA-256 {card.checkpoint_sha256[:12]}) are not the published")


def test_the_published_file_is_told_by_its_hash_and_not_by_its_name(vggish: Path, tmp_path: Path) -> None:
    (tmp_path / "other.pth").symlink_to(vggish)
    card = build_encoder(noting(checkpoint_sha256(vggish)), tmp_path / "other.pth").card
    assert card.published is True
    assert unpublished([card]) == []


def test_where_no_hash_is_noted_nothing_is_claimed(vggish: Path) -> None:
    card = build_encoder(noting(None), vggish).card
    assert card.published is None
    assert unpublished([card]) == []


@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, number: float) -> None:
    tensors = rule_state("vggish", ("features.0.", "features.3."))
    tensors["features.3.bias"][7] = number
    torch.save(tensors, tmp_path / "f.pth")
    network = nn.Module()
    first = nn.Conv2d(1, 64, 3)
    network.features = nn.ModuleDict({"0": first, "3": nn.Conv2d(64, 128, 3)})
    before = first.weight.clone()
    with pytest.raises(UserError, match=r"1 of the 128 numbers of features\.3\.bias are NaN or infinite"):
        load_checkpoint(network, ENCODERS["vggish"], tmp_path / "f.pth", only=("features.0.", "features.3."))
    assert torch.equal(first.weight, before), "nothing was loaded"


class Reader(Port):
    spec, kind, trained_on, beside = VGGISH, "", "", ("vocab.json", "merges.txt")

    def build(self) -> dict[str, Any]:
        return {}


def test_features_by_one_vocabulary_are_not_those_by_another(vggish: Path, tmp_path: Path) -> None:
    found = []
    for content in ("one", "another"):
        (tmp_path / "vocab.json").write_text(content)
        (tmp_path / content).symlink_to(vggish)
        card = Reader(tmp_path / content).card
        assert list(card.front_end["beside"]) == ["vocab.json"]
        found.append(card.front_end)
    assert found[0] != found[1]


def test_each_encoder_is_named_once_in_the_order_given() -> None:
    def card(name: str) -> EncoderCard:
        return EncoderCard(
            name=name, kind="", encoder_set="", checkpoint_sha256="ab" * 32, parameters=1, trained_on="", licence="",
            published=False,
        )  # fmt: skip

    found = unpublished([card("b"), card("a"), card("b")])
    assert [sentence.split()[3] for sentence in found] == ["b", "a"]
