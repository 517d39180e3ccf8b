"""Differential fuzzing: random module programs, run in torch and followed from source; graphs compared."""
