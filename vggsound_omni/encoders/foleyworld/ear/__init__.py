"""The ear: what happens in a sound and when, by hand-made features and trees, where no gradient finds a hold."""
