"""Attacks: each is tried as somebody would try it, and fails when its guard is taken out."""
