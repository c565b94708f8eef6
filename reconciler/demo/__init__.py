"""The main job on an embedded AWS, with a clock that moves.

In: nothing. Out: a folder to look at, and a story on the terminal. Nothing imports it but its own command and tests.
"""
