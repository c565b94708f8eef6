"""Stories of what was reproduced against the promises, with the real command, git and issues."""
