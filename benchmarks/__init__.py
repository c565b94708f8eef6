"""Measures Krampus and its like against one emulated AWS. `python -m benchmarks --help`."""
