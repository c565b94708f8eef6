"""Every noun of Krampus, frozen. PURE.

In and out: plain values, checked where they come from a file. It imports nothing of ours and touches nothing outside.
"""
