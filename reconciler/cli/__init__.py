"""The command line: arguments, environment, printing, exit codes. One module per command; `app.py` lists them.

In: the command line of a person or a workflow. Out: text, files and an exit code. It decides nothing itself, and no
other package imports it.
"""
