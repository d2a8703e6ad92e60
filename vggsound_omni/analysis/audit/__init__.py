"""Does each metric measure what it says? Known damage to reference audio, and what the metrics make of it."""
