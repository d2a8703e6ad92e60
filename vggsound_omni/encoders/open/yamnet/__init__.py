"""YAMNet: tags of AudioSet."""
