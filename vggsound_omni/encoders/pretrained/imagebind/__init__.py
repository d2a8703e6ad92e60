"""ImageBind-huge: one space for sound, picture and text."""
