"""What `krampus init` lays out: configuration, examples, workflows, owners.

In: a folder. Out: files in it, none of them overwritten. It never imports a stage but `load`, whose schemas it writes.
"""
