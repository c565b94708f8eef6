"""The workflows, run: each job's steps in order, before an embedded AWS and a GitHub that keeps GitHub's rules."""
