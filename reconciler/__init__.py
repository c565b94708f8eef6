"""Krampus: a GitOps reconciler for AWS."""
