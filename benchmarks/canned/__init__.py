"""An AWS of any size whose answers cost next to nothing, so that what is measured is Krampus. See `__main__`."""
