"""AWS: credentials, sessions, reading and sending, and what an error means.

In: an account, a region and a call. Out: the answer, or the class of the error and a sentence. It never decides whether
a call may be sent.
"""
