"""The files that `krampus init` writes: configuration, examples, workflows, code owners.

In: a folder. Out: files in it, none of them overwritten. It never imports a stage but `load`, whose schemas it writes.
"""
