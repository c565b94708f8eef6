"""What AWS must allow Krampus: policies and roles, computed from what the kinds declare. PURE."""
