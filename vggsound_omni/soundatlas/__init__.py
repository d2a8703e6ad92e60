"""SoundAtlas: captions of sound that agree with picture and sound, made by models of your choice at a known cost.

The room also holds the client of model servers (:mod:`.servers`). Importing it imports no torch and no HTTP.
"""
