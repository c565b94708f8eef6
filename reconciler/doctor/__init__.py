"""The checks of `krampus doctor`: is everything in place, one check a file.

In: connections and the configuration. Out: what is fine, wrong or could not be checked, each with what to do. It looks
and changes nothing, and never imports a stage.
"""
