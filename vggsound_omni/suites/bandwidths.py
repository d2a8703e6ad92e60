"""The bandwidths that a suite stores: one for each encoder, so that KAD of all its runs and strata is on one scale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.io import replacing

from .suite import Suite

_MOST_BYTES = 1 << 20
_AGAIN = "make it again with python -m vggsound_omni.runs.bandwidths SUITE"


class Bandwidth(BaseModel):
    """The median distance between two recordings of a suite, by one encoder."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    checkpoint_sha256: str = Field(description="Of the encoder; another checkpoint needs another bandwidth.")
    clips: int = Field(ge=2, description="Recordings that it is the median of.")
    bandwidth: float = Field(gt=0, description="In the encoder's unit.")


_FILE = TypeAdapter(dict[str, Bandwidth])


def stored_bandwidths(suite: Suite) -> Mapping[str, Bandwidth]:
    """Returns what a suite stores, by the encoder's name; nothing if it has no such file.

    Raises:
        UserError: the file cannot be read, or holds something else.
    """
    path: Path | None = getattr(suite, "bandwidths", None)  # optional, as a generator's card is
    if path is None or not path.is_file():
        return {}
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path} has more than {_MOST_BYTES:,} bytes; {_AGAIN}.")
        return _FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise UserError(f"{path} holds no bandwidths: {first_problem(error)}; {_AGAIN}.") from None


def store_bandwidths(suite: Suite, found: Mapping[str, Bandwidth]) -> Path:
    """Writes bandwidths to the suite's file, beside those of other encoders that it holds; returns the file.

    Raises:
        UserError: the suite has no place for them.
    """
    path: Path | None = getattr(suite, "bandwidths", None)
    if path is None:
        raise UserError(f"The suite {suite.name} has no place for bandwidths: its class has no attribute bandwidths.")
    known = {name: one.model_dump() for name, one in sorted({**stored_bandwidths(suite), **found}.items())}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return path
