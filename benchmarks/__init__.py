"""Timings, printed; none is a test."""
