"""The stage `load`: reads the files of a git checkout into one `Repository`.

In: a folder. Out: the repository, or every fault of every file with its line and column. It never imports a client or
another stage.
"""
