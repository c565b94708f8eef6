"""Faults at every outside call of the main job: `python -m tests.faults` ends it at each and looks what comes of it."""
