"""What several kinds have in common: reading AWS page by page, policies, backups, scopes.

In: clients that read, and facts. Out: facts and calls. It imports the model and the frame of a kind, never a kind.
"""
