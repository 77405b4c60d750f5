"""Benchmarks on a shop of their own; `./forecourt bench [NAME]` prints their tables."""
