"""Laws of the whole: each file states one sentence, and tries it over generated cases, with production's own code."""
