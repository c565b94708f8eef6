"""git: the report branch, who wrote a file and when, and whether a push would be taken.

In: a checkout and the files to write. Out: snapshots and commits. It never runs what a repository configures.
"""
