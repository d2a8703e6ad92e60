"""Generators that need no training: the ceiling, the floor, and what lies between."""
