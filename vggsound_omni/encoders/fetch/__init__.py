"""Getting the pretrained weights, and knowing that they are the published ones."""
