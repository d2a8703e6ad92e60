"""Systems compared by their results: which differ, how many clips it takes to see it, and whether people agree."""
