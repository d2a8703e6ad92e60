"""PaSST."""
