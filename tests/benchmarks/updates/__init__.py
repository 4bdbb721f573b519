"""The benchmark of updates: `python -m tests.benchmarks.updates` (docs/benchmark.md)."""
