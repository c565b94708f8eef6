"""The doors: one outside system each. They know no stage and no verdict."""
