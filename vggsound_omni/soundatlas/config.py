"""Which models play which role: a TOML file."""

from __future__ import annotations

import tomllib
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.io import reading

from . import prompts
from .asker import Model, opened
from .local import Local
from .offline import EarSenior, LookingDescriber, TagChecker, TagJunior
from .pipeline import Atlas
from .roles import Captioner, Checker, Describer
from .scorers import Scorers
from .served import ServedCaptioner, ServedChecker, ServedDescriber
from .servers import Budget, Endpoint
from .thresholds import thresholds_of


class Config(BaseModel):
    """Models by role; a role that is left out is not played. Without any, the offline captioners play."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    junior: Model | None = None
    senior: Model | None = None
    vision: Model | None = None
    check: Model | None = None
    rounds: Annotated[int, Field(ge=1, le=5)] = 2  # answers that a captioner may give to one question
    thinking: Annotated[int, Field(ge=0, le=100_000)] = 128  # tokens that the senior may think for
    thresholds: dict[str, float] = Field(default_factory=dict)  # in place of the encoder set's

    @property
    def models(self) -> dict[str, Endpoint | Local]:
        """The models by role."""
        found = {name: getattr(self, name) for name in ("vision", "junior", "senior", "check")}
        return {name: one for name, one in found.items() if one is not None}

    @property
    def has_prices(self) -> bool:
        """Whether any model costs money."""
        return any(isinstance(one, Endpoint) and (one.price_in or one.price_out) for one in self.models.values())


def read_config(path: Path) -> Config:
    """Reads a file of roles.

    Raises:
        UserError: it cannot be read, or says what it must not.
    """
    with reading(path):
        content = path.read_bytes()
    try:
        return Config.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValidationError as error:
        raise UserError(f"{path}: {first_problem(error)}.") from error
    except ValueError as error:
        raise UserError(f"{path}: is not TOML ({error}).") from error


def build(
    config: Config, encoder_set: str, budget: Budget, stack: ExitStack, *, device: str = "cpu"
) -> tuple[Atlas, dict[str, Any]]:
    """Returns the pipeline, and what its captions are made with.

    Args:
        config: of the roles.
        encoder_set: scores with its encoders; offline, its tagger listens.
        budget: that all models share.
        stack: closes connections in the end.
        device: of encoders.

    Raises:
        UserError: a threshold is unknown, a key is not set, or weights are missing.
    """
    try:
        thresholds = replace(thresholds_of(encoder_set), **config.thresholds)
    except TypeError as error:
        known = ", ".join(thresholds_of(encoder_set).__dataclass_fields__)
        raise UserError(f"Unknown threshold among {', '.join(config.thresholds)}: known are {known}.") from error
    scorers = Scorers(encoder_set, device)
    junior: Captioner | None = None
    senior: Captioner | None = None
    describer: Describer | None = None
    checker: Checker | None = None
    if config.models:
        models = stack.enter_context(opened(config.models, budget))
        if "junior" in models:
            junior = ServedCaptioner(models["junior"], senior=False, rounds=config.rounds)
        if "senior" in models:
            senior = ServedCaptioner(models["senior"], senior=True, rounds=config.rounds, thinking=config.thinking)
        describer = ServedDescriber(models["vision"]) if "vision" in models else None
        checker = ServedChecker(models["check"]) if "check" in models else None
        if junior is None and senior is None:
            raise UserError("The config names no junior and no senior, so nobody would write a caption.")
    else:
        junior, checker = TagJunior(encoder_set, device), None
        if encoder_set == "foleyworld":
            senior, checker = EarSenior(encoder_set, device), TagChecker(encoder_set, device)
            describer = LookingDescriber(encoder_set, device)
    atlas = Atlas(
        junior=junior,
        senior=senior,
        thresholds=thresholds,
        scorers=scorers,
        describer=describer,
        checker=checker,
    )
    roles = {"vision": describer, "junior": junior, "senior": senior, "check": checker}
    plan: dict[str, Any] = {
        "version": 1,
        "encoder_set": encoder_set,
        "encoders": scorers.identity,
        "thresholds": {name: getattr(thresholds, name) for name in thresholds.__dataclass_fields__},
        "prompts": prompts.identity(),
        "roles": {name: role.identity for name, role in roles.items() if role is not None},
        "rounds": config.rounds,
        "thinking": config.thinking,
    }
    return atlas, plan
