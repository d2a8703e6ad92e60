"""Synchformer: how far sound and picture are apart."""

from .encoder import SynchformerEncoder

__all__ = ["SynchformerEncoder"]
