"""Networks that turn audio, video or text into features."""
