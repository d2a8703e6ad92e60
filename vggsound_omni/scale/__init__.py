"""A run on several devices and machines: everything that starts workers of shards."""
