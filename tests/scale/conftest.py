"""What tests of runs use."""

from tests.runs.conftest import scenes

__all__ = ["scenes"]
