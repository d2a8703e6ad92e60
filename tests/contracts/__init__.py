"""Facts that hold for everything in a registry."""
