"""Generators that are not Python: folders of files, programs, servers."""
