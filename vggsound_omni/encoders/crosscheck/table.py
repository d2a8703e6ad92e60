"""The table of differences in the documentation, written by the command that measures them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import reading, replacing

from .compare import Difference
from .packages import Package

BEGIN, END = "<!-- the table of crosscheck begins -->", "<!-- the table of crosscheck ends -->"
_TITLES = "package", "version", "encoder", "weights", "sounds", "output", "largest difference", "what was done to it"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table: how far one output is from a package's, or why it could not be compared."""

    package: Package
    weights: str = ""  # "published", "by rule"
    sounds: int = 0
    output: str = ""
    relative: float = 0.0  # the largest difference of any sound, over the sound's largest value
    error: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells, as they stand in the page."""
        what = self.package.name, self.package.version, f"`{self.package.encoder}`"
        if self.error:
            return (*what, "-", "-", "-", "-", self.error)
        return (*what, self.weights, str(self.sounds), self.output, f"{self.relative:.0e}", self.package.note or "-")


def rows_of(package: Package, weights: str, found: Sequence[Difference]) -> list[Row]:
    """Returns a row for each output: the largest difference over all sounds."""
    sounds = len({one.sound for one in found})
    return [
        Row(
            package=package,
            weights=weights,
            sounds=sounds,
            output=output,
            relative=max(one.relative for one in found if one.output == output),
        )
        for output in sorted({one.output for one in found})
    ]


def write_table(page: Path, rows: Iterable[Row]) -> None:
    """Writes rows between the two marks of a page, in place of what stands there.

    Raises:
        UserError: the page cannot be read, or lacks the marks.
    """
    with reading(page):
        text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{page} has no line {BEGIN} with {END} below it; the table is written between them.")
    lines = [_TITLES, tuple("---" for _ in _TITLES), *(row.cells for row in rows)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    with replacing(page) as temporary:
        temporary.write_text(f"{before}{begin}\n\n{table}\n\n{end}{after}", encoding="utf-8")
