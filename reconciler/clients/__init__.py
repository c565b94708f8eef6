"""The outside, one system a folder or file: AWS, git, GitHub, files, processes.

In: calls, paths and texts of ours. Out: answers and errors as data. They implement the protocols that the stages
define, and never import a stage.
"""
