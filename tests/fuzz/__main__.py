"""Runs one campaign and prints its counts; the exit code is 1 if anything was found."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections import Counter
from collections.abc import Sequence

from . import CAMPAIGNS, FINDING


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the campaign that the arguments name.

    Returns:
        The exit code: 1 if an outcome is a finding, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Feeds damaged and hostile input.")
    parser.add_argument("campaign", choices=CAMPAIGNS)
    parser.add_argument("--n", type=int, default=2000, help="inputs to try (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="which inputs (default: 0)")
    parser.add_argument("--seconds", type=float, default=1800.0, help="stop after so long (default: 1800)")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    outcomes: Counter[str] = importlib.import_module(f"tests.fuzz.{asked.campaign}").campaign(
        asked.n, asked.seed, asked.seconds
    )
    for outcome, count in sorted(outcomes.items(), key=lambda pair: (not pair[0].startswith(FINDING), -pair[1])):
        sys.stdout.write(f"{count:7,}  {outcome}\n")
    findings = sum(count for outcome, count in outcomes.items() if outcome.startswith(FINDING))
    sys.stdout.write(
        f"{asked.campaign}: {outcomes.total():,} outcomes in {time.monotonic() - began:.0f} s, {findings:,} findings\n"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
