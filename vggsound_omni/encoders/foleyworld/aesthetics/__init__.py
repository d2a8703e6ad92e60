"""The aesthetics regressor."""
