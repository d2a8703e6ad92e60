"""Our encoders against the packages that others use: their environments, and how far their outputs are from ours."""
