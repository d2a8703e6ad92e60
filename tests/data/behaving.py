"""What a file may do to the process that decodes it; imported by those processes, so it imports little."""

from __future__ import annotations

import os
import time

import numpy as np


def behave(how: str) -> str:
    """Does what it is told; most ways never return."""
    if how == "spin":
        while True:
            pass
    if how == "sleep":
        time.sleep(3600)
    if how == "eat":
        try:
            np.ones(3 << 28)
        except MemoryError:
            return "no memory"
    if how == "die":
        os._exit(139)
    if how == "raise":
        raise SystemExit
    return how
