"""Fix findings: lint, edit in memory, lint again, and keep only what mends and does no harm."""
