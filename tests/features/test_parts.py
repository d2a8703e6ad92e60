"""Files of features in parts, one for each shard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.features.parts import merge_parts, part_of, write_features
from vggsound_omni.sharding import Shard

ALL = {f"clip{number}/embedding": np.full(3, number, np.float32) for number in range(6)}
BY = ("panns", "0" * 64, "omni")


def write_parts(out: Path, count: int = 2) -> None:
    for index in range(1, count + 1):
        shard = Shard(index, count)
        own = {name: array for name, array in ALL.items() if shard.holds(name.split("/")[0])}
        write_features(part_of(out, shard), own, ["Not the published file."], BY)


def test_parts_join_to_what_one_process_writes_and_again(tmp_path: Path) -> None:
    out = tmp_path / "features.npz"
    write_parts(out, 3)
    for _ in range(2):
        assert merge_parts(out) == 3
        with np.load(out) as found:
            assert set(found.files) == {*ALL, "warnings"}
            assert found["warnings"].tolist() == ["Not the published file."]
            assert all((found[name] == array).all() for name, array in ALL.items())


def test_what_does_not_fit_is_one_sentence(tmp_path: Path) -> None:
    out = tmp_path / "features.npz"
    with pytest.raises(UserError, match="There are no parts of"):
        merge_parts(out)
    write_parts(out)
    second = part_of(out, Shard(2, 2))
    whole = second.read_bytes()
    second.unlink()
    with pytest.raises(UserError, match=r"features\.2-of-2\.npz is missing; encode that shard first"):
        merge_parts(out)
    second.write_bytes(whole[:-40])
    with pytest.raises(UserError, match="is damaged"):
        merge_parts(out)
    write_features(second, {"other/embedding": np.zeros(3)}, [], ("panns", "1" * 64, "omni"))
    with pytest.raises(UserError, match="were not encoded alike"):
        merge_parts(out)
    write_features(second, ALL, [], BY)
    with pytest.raises(UserError, match="and another part both have"):
        merge_parts(out)
    write_parts(out, 3)
    with pytest.raises(UserError, match="holds parts of 2 and 3"):
        merge_parts(out)
