"""Blind listening tests: design, simulated listeners, answers, and what they say."""
