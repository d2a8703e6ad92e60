"""Small real suites whose sounds lie in a package that anyone can download."""
