"""Source rewrites offered by findings."""
