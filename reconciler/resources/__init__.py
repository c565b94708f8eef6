"""The kinds of AWS resources that Krampus can act on, one file a kind."""
