"""GitHub: issues, pull requests, tokens, retries and their budget.

In: drafts and edits. Out: issues as they stand, or why GitHub refused. It never imports a stage, and knows no verdict.
"""
