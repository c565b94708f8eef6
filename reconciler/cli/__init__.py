"""The command line: arguments, environment, printing, exit codes. One module a command; `app.py` lists them.

In: what a person or a workflow writes. Out: text, files and an exit code. It decides nothing itself, and nobody imports
it.
"""
