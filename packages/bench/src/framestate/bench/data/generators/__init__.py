"""Generators of data sets by published rules: a pure function of seed and index."""
