"""Runs: what is generated, how it is scored, and the result."""
