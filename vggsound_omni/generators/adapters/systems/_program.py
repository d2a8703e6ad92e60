"""What the programs of all public systems share; new-adapter writes it into each copy, which then needs no more."""

from __future__ import annotations

import array
import json
import sys
import wave
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch


def serve(
    options: Callable[[ArgumentParser], None],
    load: Callable[[Namespace], Any],
    generate: Callable[[Any, dict[str, Any], Namespace], tuple[torch.Tensor, int]],
    needs: Sequence[str],
) -> None:
    """Answers until stdin closes: a request a line on stdin, an answer a line on stdout, all else on stderr.

    Args:
        options: adds the system's options.
        load: returns the system.
        generate: returns a sound for a request, (channels, samples), and its sample rate; what is too long is cut.
        needs: what a request must have: "text", "video".
    """
    parser = ArgumentParser()
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options(parser)
    settings = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr
    if sys.path and Path(sys.path[0] or ".").resolve() == Path(__file__).resolve().parent:
        del sys.path[0]  # where this file would hide a package of its name
    system = load(settings)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            for need in needs:
                if not request[need]:
                    raise ValueError(f"it takes {need}, and this request has none")  # noqa: TRY301
            torch.manual_seed(request["seed"])  # of every device, for what takes no generator
            with torch.inference_mode():
                sound, sample_rate = generate(system, request, settings)
            write(request["output"], sound[:, : round(request["duration"] * sample_rate)], sample_rate)
            answer = {"id": request["id"], "audio": request["output"]}
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            answer = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def write(path: str, sound: torch.Tensor, sample_rate: int) -> None:
    """Writes 16-bit WAV; peaks beyond full scale are clipped."""
    values = (sound.detach().float().cpu().clamp(-1, 1).T.reshape(-1) * 32767).round().to(torch.int16)
    with wave.open(path, "wb") as file:
        file.setparams((len(sound), 2, int(sample_rate), 0, "NONE", ""))
        file.writeframes(array.array("h", values.tolist()).tobytes())
