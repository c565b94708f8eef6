"""Krampus: a GitOps reconciler for AWS."""

__version__ = "0.1.0"
