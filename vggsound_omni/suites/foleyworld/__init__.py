"""FoleyWorld: a procedural audiovisual world with exact truth."""
