"""``omni-bench doctor``."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table


@click.command("doctor")
def command() -> int:
    """Report what this installation has and what it lacks.

    Says how to get what is missing. Exit code 1 if anything needs fixing; what the rest does without is marked "!".
    """
    console = Console()
    table = Table("", "what", "found", "what to do")
    problems = 0
    for what, found, advice in [*_versions(), *_device(), *_media(), *_encoders(), *_cache()]:
        problems += bool(advice)
        table.add_row("[red]✗[/]" if advice else "[green]✓[/]", what, found, advice)
    for what, found, advice in _real_clips():
        table.add_row("[yellow]![/]" if advice else "[green]✓[/]", what, found, advice)
    console.print(table)
    return 1 if problems else 0


Finding = tuple[str, str, str]
"""What was checked, what was found, and what to do about it (empty if nothing)."""


def _versions() -> list[Finding]:
    from vggsound_omni.runs.environment import environment
    from vggsound_omni.version import __version__

    found = environment()
    lines = [("omni-bench", __version__, ""), ("python", f"{found['python']} on {found['system']}", "")]
    for name, version in found["packages"].items():
        needed = name != "transformers"
        lines.append((name, version or "not installed", f"pip install {name}" if needed and version is None else ""))
    return lines


def _device() -> list[Finding]:
    try:
        import torch
    except (ImportError, OSError) as error:
        return [("device", f"torch does not load: {error}", 'pip install "torch>=2.6,<2.14"')]
    if torch.cuda.is_available():
        return [("device", torch.cuda.get_device_name(), "")]
    return [("device", f"CPU, {torch.get_num_threads()} threads", "")]


def _media() -> list[Finding]:
    """Codes and decodes a moment of sound and picture, for real."""
    import numpy as np
    import torch

    from vggsound_omni.media import read_audio, read_frames, sinc_resample, write_mp4
    from vggsound_omni.protocol import Audio

    lines: list[Finding] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "probe.mp4"
            sound = (np.sin(np.arange(16_000) / 10) / 2).astype(np.float32)[np.newaxis]
            write_mp4(path, np.zeros((25, 64, 64, 3), np.uint8), 25, Audio(samples=sound, sample_rate=16_000))
            frames, audio = len(read_frames(path, 25)), read_audio(path)
        lines.append(("H.264 and AAC", f"{frames} frames and {audio.duration:.2f} s written and read", ""))
    except Exception as error:  # noqa: BLE001 - whatever is broken is what the doctor is there to tell
        lines.append(("H.264 and AAC", f"{type(error).__name__}: {error}", "pip install --force-reinstall av"))
    try:
        sinc_resample(torch.from_numpy(sound), 16_000, 8_000)
        lines.append(("sinc resampler", "torchaudio's kernel loads", ""))
    except Exception as error:  # noqa: BLE001
        lines.append(("sinc resampler", f"{type(error).__name__}: {error}", "pip install --force-reinstall torchaudio"))
    return lines


def _encoders() -> list[Finding]:
    """Loads every encoder that ships with its weights, and looks for the weights of the others."""
    from vggsound_omni.encoders.registry import ENCODERS, encoder_sets, load_encoder, published_weights, weights_store

    lines: list[Finding] = []
    for encoder_set in encoder_sets():
        shipped = [spec for spec in ENCODERS.values() if spec.encoder_set == encoder_set and spec.weights is None]
        try:
            count = len([load_encoder(spec) for spec in shipped])
        except Exception as error:  # noqa: BLE001
            lines.append((f"{encoder_set} encoders", f"{type(error).__name__}: {error}", "install the package again"))
            continue
        if count:
            lines.append((f"{encoder_set} encoders", f"{count} load", ""))
    store, published = weights_store(), published_weights()
    here = [name for name in published if store.state(name) == "here"]
    found = f"{len(here)} of {len(published)} have their weights here (optional: omni-bench weights list)"
    lines.append(("published encoders", found, ""))
    return lines


def _real_clips() -> list[Finding]:
    """Which encoders would score real clips; everything else works without them."""
    from vggsound_omni.encoders.choice import OPEN, choose
    from vggsound_omni.errors import UserError

    try:
        chosen, why = choose(None, "pretrained")
    except UserError:
        return [("real clips", "not scored: no weights of published encoders here", f"omni-bench weights pull {OPEN}")]
    return [("real clips", f"scored by the {chosen} encoders, {why}", "")]


def _cache() -> list[Finding]:
    from vggsound_omni.io import cache_dir

    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        return [("cache", f"{folder}: {error.strerror}", "set OMNI_BENCH_CACHE to a folder that can be written to")]
    if not writable:
        return [("cache", f"{folder} cannot be written to", "set OMNI_BENCH_CACHE to a folder that can be")]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder).free
    advice = "free some space, or set OMNI_BENCH_CACHE" if free < 2 * 10**9 else ""
    return [("cache", f"{folder}: {size / 1e6:.0f} MB used, {free / 1e9:.0f} GB free", advice)]
