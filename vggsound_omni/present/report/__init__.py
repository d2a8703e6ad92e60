"""The report of a run: one self-contained page that shows, plays and sorts the scored clips."""

from .write import write_report

__all__ = ["write_report"]
