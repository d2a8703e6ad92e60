"""``omni-bench audit``."""

from __future__ import annotations

import re
from pathlib import Path

import click

_LIMIT = 64


@click.command("audit")
@click.option("--suite", default="foleyworld", show_default=True, help="A name, or manifest:FILE.")
@click.option("--encoders", metavar="SET", help="Encoders to audit.  [default: the suite's]")
@click.option("--limit", type=click.IntRange(min=2), default=_LIMIT, show_default=True, metavar="N", help="Items.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to write.  [default: audits/...]")
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="Where the encoders run.")
def command(suite: str, encoders: str | None, limit: int, out: Path | None, device: str) -> int:
    """Test whether metrics measure what they claim to.

    Damages a suite's recordings by known amounts, and tells which metrics notice, and which notice what is not there.
    Writes audit.json, heatmap.png and audit.html. The same command again takes what it encoded before from the cache.

    \b
    Examples:
      omni-bench audit
      omni-bench audit --suite manifest:clips.csv --encoders foleyworld --limit 32

    Exit codes: 0 all as expected or documented, 1 a mistake in what was asked, 2 a metric fails its audit.
    """
    from rich.console import Console

    from vggsound_omni.analysis.audit.audit import audit
    from vggsound_omni.io import replacing, writing_to
    from vggsound_omni.present.audit.heatmap import draw
    from vggsound_omni.present.audit.page import print_audit, write_page

    console = Console()
    result = audit(suite, console, encoder_set=encoders, limit=limit, device=device)
    name = f"{result.suite.name}-{result.suite.encoder_set}"
    folder = out or Path("audits") / re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    with writing_to(folder):
        draw(result, folder / "heatmap.png")
        write_page(result, folder / "heatmap.png", folder / "audit.html")
        with replacing(folder / "audit.json") as temporary:
            temporary.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print_audit(result, console)
    console.print(f"{folder}: audit.json, heatmap.png, audit.html", highlight=False, soft_wrap=True)
    return 2 if result.defects else 0
