"""The config of a training stage, read from a TOML file and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reference_model import dit
from reference_model.dit import DiTConfig
from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.protocol import TASKS, Task

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]

SIZES: dict[str, DiTConfig] = {"nano": dit.NANO, "base": dit.BASE}


class StageConfig(BaseModel):
    """The config of one of the three stages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    model: Literal["nano", "base"]  # sizes of the transformer
    depth: Count | None = None  # number of blocks; None: the model's
    width: Count | None = None  # channels, a multiple of 4 x heads; None: the model's
    heads: Count | None = None  # attention heads; None: the model's
    stage: Literal[1, 2, 3]
    data: str  # folder of training examples, within the data folder
    validation: str  # folder of validation examples
    start_from: str | None = None  # config whose final weights this stage starts from; None initialises weights
    steps: Count
    batch: Count  # examples per step, over all processes
    rate: Annotated[float, Field(gt=0)]  # highest learning rate of AdamW
    warm_up: Count  # steps of linear warm-up
    cool_down: Share = 0.0  # share of the steps, at the end, over which the rate falls linearly to 0
    decay: Annotated[float, Field(ge=0)] = 0.01  # weight decay of matrices; parameters with one dimension do not decay
    betas: tuple[float, float] = (0.9, 0.99)
    clip: Annotated[float, Field(gt=0)] = 1.0  # largest norm of the gradient
    tasks: dict[Task, Share]  # probability of each task; one is drawn per step
    classes: tuple[str, ...] | None = None  # only examples whose sounds are all of these; None: all
    crop: Count | None = None  # seconds of each example, from a start drawn anew; None: all of it
    bridge: Literal["aligned", "poor"] = "aligned"  # captions that come with video; the poor ones are wrong on purpose
    condition_dropout: Share = 0.1  # share of examples that lose all conditions, for guidance
    text_dropout: Share = 0.0  # stage 3: share of text tokens that are dropped if there is a video too
    offscreen: Share = 0.0  # stage 3: share of examples with text and video whose sound is apart from the picture
    times: Literal["uniform", "logit-normal"] = "uniform"
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    compile: bool = False
    activation_checkpointing: bool = False
    seed: int = 0
    checkpoint_every: Count = 500
    checkpoint_seconds: Annotated[float, Field(gt=0)] = 300.0  # and at least so often, in a single process
    validate_every: Count = 500
    ema_widths: tuple[float, float] = (0.05, 0.1)  # relative widths of the two running averages (Karras et al., 2024)
    ema_width: Annotated[float, Field(gt=0, lt=0.28)] = 0.08  # relative width of the average that is exported
    evaluate_every: Annotated[int, Field(ge=0)] = 0  # steps between runs of the benchmark itself; 0: none
    evaluate_items: Count = 32

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if abs(sum(self.tasks.values()) - 1) > 1e-6:
            raise ValueError(f"the probabilities of tasks must add up to 1, not {sum(self.tasks.values()):g}")
        if self.stage == 1 and set(self.tasks) != {"t2a"}:
            raise ValueError("stage 1 has the task t2a only")
        if self.bridge == "poor" and self.offscreen:
            raise ValueError(
                "poor captions exist of scenes whose sound is seen, so bridge and offscreen exclude each other"
            )
        if self.stage != 3 and (self.text_dropout or self.offscreen):
            raise ValueError("text_dropout and offscreen belong to stage 3")
        _ = self.dit  # raises if the sizes are impossible
        return self

    @property
    def dit(self) -> DiTConfig:
        """Sizes of the network."""
        changed = {key: getattr(self, key) for key in ("depth", "width", "heads") if getattr(self, key) is not None}
        return replace(SIZES[self.model], **changed, checkpointing=self.activation_checkpointing)

    @property
    def probabilities(self) -> list[float]:
        """Probabilities of the tasks, in the order of :data:`.TASKS`."""
        return [self.tasks.get(task, 0.0) for task in TASKS]

    def rate_at(self, step: int) -> float:
        """Returns the learning rate of a step, counted from 0: warm-up, constant, cool-down."""
        up = (step + 1) / self.warm_up
        down = (self.steps - step) / (self.cool_down * self.steps) if self.cool_down else 1.0
        return self.rate * min(1.0, up, down)


def names() -> list[str]:
    """Returns the names of the configs that ship with the package."""
    return sorted(file.name.removesuffix(".toml") for file in _shipped().iterdir() if file.name.endswith(".toml"))


def read(name: str, changes: Sequence[str] = ()) -> StageConfig:
    """Reads a config by its name or the path of a TOML file, and changes some of its keys.

    Args:
        name: one of :func:`names`, or a path that ends in ``.toml``.
        changes: each ``key=value``, with the value in TOML (a bare word is a string).

    Raises:
        UserError: the config or a key does not exist, or a value is invalid.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise UserError(f"There is no config {path}.")
        text = path.read_text(encoding="utf-8")
    elif name in names():
        text = (_shipped() / f"{name}.toml").read_text(encoding="utf-8")
    else:
        raise unknown_name("config", name, names())
    try:
        values: dict[str, Any] = {"name": Path(name).stem if name.endswith(".toml") else name} | tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{name} is not TOML: {error}.") from error
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise UserError(f'"{change}" changes nothing; write key=value.')
        values[key.strip()] = _value(value.strip())
    try:
        return StageConfig.model_validate(values)
    except ValidationError as error:
        raise UserError(f"Config {name}: {_sentence(error)}.") from error


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _sentence(error: ValidationError) -> str:
    """Describes the first of the errors."""
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return str(unknown_name("key", key, list(StageConfig.model_fields))).rstrip(".")
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def _shipped() -> Traversable:
    return resources.files("reference_model") / "configs"
