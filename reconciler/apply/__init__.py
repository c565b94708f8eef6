"""The stage `apply`: a recorded plan to outcomes. It looks again, sends the calls, and stops a target at a refusal.

In: a plan that is recorded, and clients that read and write AWS. Out: an outcome for each target that was due. It never
writes to git or to a tracker, and never imports a client.
"""
