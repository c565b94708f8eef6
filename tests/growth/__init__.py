"""What the main job costs as its targets, accounts, tasks, exemptions, months and issues grow: counted, not timed."""
