"""One folder per method, the same file names in each; found by `core.registry`."""
