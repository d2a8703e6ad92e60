"""The board: results as they are published, checked, ranked and shown. What is handed in is hostile until proven."""
