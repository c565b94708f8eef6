"""Krampus: a GitOps reconciler for AWS.

The folders are the stages in the order of the flow, load, observe, decide, ledger, apply and publish; what they stand
on, model, resources, iam, clients, render and yamlio; and what people start, cli, doctor, demo and starter.
`pipeline.py` joins the stages.
"""

__version__ = "0.1.0"
