"""Building the real suites from media at hand: lists, annotations, clips, checks, selections, music.

What is built is a folder that :mod:`vggsound_omni.suites.built` opens. Nothing here downloads anything.
"""
