"""VGGSound-Omni: how good is a model that makes sound from text, video or both, and how sure are we?"""

__version__ = "0.1.0"
