"""Three stages of training."""
