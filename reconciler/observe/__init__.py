"""The stage `observe`: targets and actions to sightings, in batches side by side.

In: (target, action) pairs and a client that reads AWS. Out: for each pair what AWS shows, that it is not there, or why
it could not be seen. It never decides anything, and never imports a client.
"""
