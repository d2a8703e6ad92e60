"""Numbers in, numbers out: intervals, paired tests, ranks, correlations, power."""
