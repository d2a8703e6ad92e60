"""Synchformer: how far sound and picture are apart."""
