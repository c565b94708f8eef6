"""The checks of `krampus doctor`: plain functions that look and change nothing."""
