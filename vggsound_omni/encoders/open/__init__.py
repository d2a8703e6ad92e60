"""Published networks whose weights lie in a package on the package index, so that a fresh machine can have them."""
