"""Text from the command line becomes what a factory declares, or one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.generators.arguments import convert, split_pairs

if TYPE_CHECKING:
    from fractions import Fraction


class Typed:
    def __init__(
        self,
        steps: int,
        scale: float = 4.5,
        ema: bool = True,
        name: str = "base",
        weights: Path = Path("w.pt"),
        limit: int | None = None,
        top: Optional[float] = None,  # noqa: UP045 - what people write
    ) -> None: ...


def later(steps: int, ratio: Fraction) -> None:
    """One annotation exists for type checkers only."""


def sized(steps: int, size: int | None = None, ratio: Fraction | None = None) -> None:
    """As before, but the odd one has a default."""


def bare(steps=25, scale=1.0, ema=False, name=None) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """No annotations."""


def open_ended(steps: int = 1, **rest: Any) -> None:
    """Takes anything."""


def test_each_type_is_made() -> None:
    given = {"steps": "25", "scale": "3", "ema": "no", "name": "x=y", "weights": "a/b.pt", "limit": "7", "top": "none"}
    assert convert(Typed, given, "m") == {
        "steps": 25,
        "scale": 3.0,
        "ema": False,
        "name": "x=y",
        "weights": Path("a/b.pt"),
        "limit": 7,
        "top": None,
    }


def test_plain_types_are_understood_beside_annotations_that_cannot_be_resolved() -> None:
    assert convert(sized, {"steps": "3", "size": "none"}, "m") == {"steps": 3, "size": None}
    with pytest.raises(UserError, match='"ratio" of m is annotated Fraction; only int, float, bool, str and Path'):
        convert(later, {"steps": "3", "ratio": "1/2"}, "m")


def test_without_annotations_defaults_say_the_type() -> None:
    given = {"steps": "3", "scale": "2", "ema": "on", "name": "big"}
    assert convert(bare, given, "m") == {"steps": 3, "scale": 2.0, "ema": True, "name": "big"}


def test_a_factory_open_to_any_keyword_gets_text() -> None:
    assert convert(open_ended, {"steps": "2", "mode": "fast"}, "m") == {"steps": 2, "mode": "fast"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"steps": "many"}, 'The argument "steps" of m must be a whole number, not "many".'),
        ({"steps": "2.5"}, 'The argument "steps" of m must be a whole number, not "2.5".'),
        ({"steps": "1", "scale": "x"}, 'The argument "scale" of m must be a number, not "x".'),
        ({"steps": "1", "ema": "maybe"}, 'The argument "ema" of m must be true or false, not "maybe".'),
        ({"scale": "1"}, 'The model "m" needs the argument "steps": add -m steps=VALUE.'),
        ({"step": "1"}, 'Unknown argument of m "step": did you mean "steps"?'),
    ],
)
def test_a_mistake_is_one_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        convert(Typed, given, "m")
    assert str(caught.value).startswith(sentence)


def test_what_the_benchmark_passes_cannot_be_given() -> None:
    def baseline(suite: object, seed: int = 0) -> None: ...

    suite = object()
    assert convert(baseline, {"seed": "3"}, "m", {"suite": suite}) == {"suite": suite, "seed": 3}
    with pytest.raises(UserError, match='Unknown argument of m "suite"'):
        convert(baseline, {"suite": "x"}, "m", {"suite": suite})


@given(st.integers(), st.floats(allow_nan=False), st.booleans())
def test_what_python_prints_is_read_back(steps: int, scale: float, ema: bool) -> None:
    text = {"steps": str(steps), "scale": str(scale), "ema": str(ema)}
    assert convert(Typed, text, "m") == {"steps": steps, "scale": scale, "ema": ema}


def test_pairs_keep_what_follows_the_first_equals_sign() -> None:
    assert split_pairs(["a=1", "url=http://x/?q=2", "empty="]) == {"a": "1", "url": "http://x/?q=2", "empty": ""}


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (["steps"], 'The model argument "steps" is not key=value; write for example -m steps=25.'),
        (["=3"], 'The model argument "=3" is not key=value; write for example -m steps=25.'),
        (["a=1", "a=2"], 'The model argument "a" was given twice.'),
    ],
)
def test_bad_pairs_are_told(pairs: list[str], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        split_pairs(pairs)
    assert str(caught.value) == sentence
