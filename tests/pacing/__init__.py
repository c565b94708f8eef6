"""Requests as fast as AWS takes them, and none lost to its limits: by a clock that goes on only while all wait."""
