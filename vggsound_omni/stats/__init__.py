"""Statistics: how certain a number is, whether two systems differ, and whether a metric measures what it says."""
