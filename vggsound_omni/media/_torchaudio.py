"""The one place that imports torchaudio.

Its wheel on the package index links CUDA, so its compiled part does not load with a CPU-only or a newer torch. The
signal processing used here is plain Python on top of torch, so if the compiled part fails, a stub that reports it as
unavailable replaces it. Other modules write ``from vggsound_omni.media._torchaudio import torchaudio``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


def _load() -> ModuleType:
    try:
        return import_module("torchaudio")
    except (ImportError, OSError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
            del sys.modules[name]
    stub = ModuleType("torchaudio._extension")
    vars(stub).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_RIR_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        fail_if_no_align=_unchanged,
    )
    sys.modules[stub.__name__] = stub
    return import_module("torchaudio")


def _unchanged(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


torchaudio = _load()
