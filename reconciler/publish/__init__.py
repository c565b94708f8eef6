"""The stage `publish`: plan and outcomes to issues, comments, ledger and report.

In: the repository, the plan, the outcomes and the ledger. Out: which issues there should be and what writes that takes,
the pages of the report, and their delivery. It never reads or writes AWS, and never imports a client.
"""
