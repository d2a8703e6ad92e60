"""Training of the transformer in three stages."""
