"""The main job on an embedded AWS, with a clock that moves. Imported by the demo command and by tests alone."""
