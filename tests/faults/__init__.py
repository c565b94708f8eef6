"""Faults at every outside call of the main job: `python -m tests.faults` has one strike at each, and looks on."""
