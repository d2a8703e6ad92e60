"""Two pairs of sound and text, of different architecture."""
