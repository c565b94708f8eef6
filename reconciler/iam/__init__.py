"""The IAM roles that Krampus needs, PURE: statements, policies and trust, as JSON, CloudFormation and Terraform.

In: what the kinds declare, and the accounts of a repository. Out: text. It never imports a stage or a client.
"""
