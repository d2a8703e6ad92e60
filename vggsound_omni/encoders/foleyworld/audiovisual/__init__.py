"""The pair of sound and picture."""
