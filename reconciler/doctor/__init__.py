"""The checks of `krampus doctor`: is everything in place? One file per check.

In: connections and the configuration. Out: what is fine, wrong or could not be checked, each with what to do. It only
reads, and changes nothing.
"""
