"""The report of a run: one page that shows, plays and sorts what was scored. It needs nothing beside itself."""

from .write import write_report

__all__ = ["write_report"]
