"""The main job on an embedded AWS, with a clock that moves.

In: nothing. Out: a folder to inspect, and a narration on the terminal. Only its own command and tests import it.
"""
