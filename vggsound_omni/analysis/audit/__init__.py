"""Does each metric measure what it claims? Known damage to reference audio, and how the metrics react."""
