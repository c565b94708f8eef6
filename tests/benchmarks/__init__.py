"""The benchmarks' own tests, and what of them can be tested on any machine: how many calls each case takes."""
