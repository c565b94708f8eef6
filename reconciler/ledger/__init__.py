"""What is remembered and written down: lines, chain, the history of each target, lease, heartbeat; the stage `record`.

In: the files of the report branch, a plan, outcomes. Out: one folded `Ledger`, and the lines and files to add. It never
imports a client or another stage.
"""
