"""``omni-bench score``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape

from vggsound_omni.sharding import Shard

from ._options import FOLDER, PATH, device_option, score_arguments, score_options, shard_option

if TYPE_CHECKING:
    from vggsound_omni.runs.result import Result


@click.command("score")
@click.argument("runs", nargs=-1, type=PATH, metavar="[RUN]...")
@click.option("--generated", type=FOLDER, metavar="DIR", help="Files to score.")
@click.option("--reference", type=FOLDER, metavar="DIR", help="Files of the same names to compare them with.")
@click.option("--output", type=PATH, metavar="FILE", help="With --generated: writes the result.")
@click.option("--max-failures", default=0, show_default=True, metavar="N", help="Failed items that are tolerated.")
@device_option
@shard_option
@score_arguments
def command(
    runs: tuple[Path, ...],
    generated: Path | None,
    reference: Path | None,
    output: Path | None,
    max_failures: int,
    device: str,
    shard: Shard | None,
    *,
    as_json: bool,
    **scoring: Any,  # noqa: ANN401
) -> int:
    """Score the audio of finished runs anew, or two folders of files.

    Two folders need neither a suite nor a run: files are paired by name, without their endings. If the references have
    pictures, metrics of sound and picture are computed too.

    With --shard 3/16, a run's third shard is encoded into the cache and not scored; scoring then finds it there.

    \b
    Examples:
      omni-bench score runs/mine
      omni-bench score --kit av-benchmark --encoders pretrained runs/mine
      omni-bench score --generated outputs/ --reference recordings/ --encoders foleyworld
    """
    from vggsound_omni.errors import UserError
    from vggsound_omni.present.report import write_report
    from vggsound_omni.runs.folder import RunFolder
    from vggsound_omni.runs.folders import score_folders
    from vggsound_omni.runs.plan import make_plan
    from vggsound_omni.runs.result import write_result
    from vggsound_omni.runs.score import encode_shard, score

    from ._summary import show

    console, options = Console(stderr=as_json), score_options(**scoring, device=device)
    if generated is not None or reference is not None:
        if generated is None or reference is None or runs or shard:
            raise UserError(
                "Two folders are scored with --generated DIR and --reference DIR, and no run or shard beside them."
            )
        result = score_folders(generated, reference, console, options)
        if output is not None:
            write_result(output, result)
        return show([(generated, result)], max_failures, console, as_json=as_json, files=False)
    if not runs:
        raise UserError("Name a run folder, or two folders with --generated DIR and --reference DIR.")
    if output is not None:
        raise UserError("--output is for two folders; a run's result is written into its folder.")
    results: list[tuple[Path, Result]] = []
    for run in runs:
        folder = RunFolder(run)
        config = folder.config()
        plan = make_plan(config.suite, config.track, folder.read()["limit"])
        if shard:
            count = encode_shard(run, shard, console, options, plan)
            console.print(f"{escape(str(run))}: {count} items of shard {shard} encoded.", highlight=False)
            continue
        result = score(run, console, options, plan=plan)
        write_report(run, result, plan.suite, plan.items, plan.track)
        results.append((run, result))
    return show(results, max_failures, console, as_json=as_json)
