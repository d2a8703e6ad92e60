"""Whether a generator conforms to the protocol."""
