"""What the classes' sounds are made with: numpy and scipy only, no recordings."""
