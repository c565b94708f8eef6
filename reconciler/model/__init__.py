"""Every noun of Krampus, frozen. PURE.

In: plain values, checked where they come from a file. Out: the same, typed. It imports nothing of
ours and touches nothing outside.
"""
