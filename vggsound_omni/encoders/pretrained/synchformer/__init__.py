"""Synchformer: how far sound and picture are apart."""

from .port import SynchformerEncoder

__all__ = ["SynchformerEncoder"]
