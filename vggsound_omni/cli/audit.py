"""``omni-bench audit``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from vggsound_omni.encoders.encoder import Kit

from ._options import PATH, device_option, kit_option, weights_option

_LIMIT = 64


@click.command("audit")
@click.option("--suite", default="foleyworld", show_default=True, help="As omni-bench suites lists them.")
@click.option("--encoders", metavar="SET", help="Encoders to audit.  [default: the suite's]")
@click.option("--limit", type=click.IntRange(min=2), default=_LIMIT, show_default=True, metavar="N", help="Items.")
@click.option("--out", type=PATH, metavar="DIR", help="Where to write.  [default: audits/...]")
@kit_option
@weights_option
@device_option
def command(
    *, suite: str, encoders: str | None, limit: int, out: Path | None, kit: Kit, weights: Path | None, device: str
) -> int:
    """Test whether metrics measure what they claim to.

    Damages a suite's recordings by known amounts, and shows which metrics notice, and which notice what is not there.
    Metrics whose encoders are not here are left out. Writes audit.json, heatmap.png and audit.html. The same command
    again takes what it encoded before from the cache.

    \b
    Examples:
      omni-bench audit
      omni-bench audit --suite manifest:clips.csv --encoders foleyworld --limit 32
      omni-bench audit --suite vggsound-omni/ --encoders pretrained

    Exit codes: 0 all as expected or documented, 1 a mistake in what was asked, 2 a metric fails its audit.
    """
    from rich.console import Console

    from vggsound_omni.analysis.audit.audit import audit
    from vggsound_omni.io import replacing, writing_to
    from vggsound_omni.present.audit.heatmap import draw
    from vggsound_omni.present.audit.page import print_audit, write_page
    from vggsound_omni.runs.score import ScoreOptions

    console = Console()
    options = ScoreOptions(encoder_set=encoders, kit=kit, weights=weights, device=device)
    result = audit(suite, console, options=options, limit=limit)
    name = f"{result.suite.name}-{result.encoder_set}"
    folder = out or Path("audits") / re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    with writing_to(folder):
        draw(result, folder / "heatmap.png")
        write_page(result, folder / "heatmap.png", folder / "audit.html")
        with replacing(folder / "audit.json") as temporary:
            temporary.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print_audit(result, console)
    console.print(f"{folder}: audit.json, heatmap.png, audit.html", highlight=False, soft_wrap=True)
    return 2 if result.defects else 0
