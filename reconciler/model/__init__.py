"""Every noun of Krampus, frozen. Imports nothing of ours and touches nothing outside."""
