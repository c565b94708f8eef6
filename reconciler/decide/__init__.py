"""The stage `decide`, PURE: what is to become of each target now.

In: the repository, the ledger, the sightings and the time. Out: a plan, with a verdict, a reason and the calls still
needed for each target. Restore and undo are other ways to decide. It never imports a client, nor the stages that look,
act or publish.
"""
