"""The commands as straight lines of stages: load, observe, decide, record, apply, publish.

In: a repository and the connections of a run. Out: a plan, outcomes, what was delivered. It decides nothing.
"""
