"""The audit as a table, a heat map and a page."""
