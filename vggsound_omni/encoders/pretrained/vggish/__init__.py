"""VGGish."""
