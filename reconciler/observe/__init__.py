"""The stage `observe`: looks to sightings, in batches side by side.

In: looks (a target, and what for) and a client that reads AWS. Out: for each target what AWS shows, that it is not
there, or why
it could not be seen. It never decides anything, and never imports a client.
"""
