"""Traced front end and measurements on live modules (`torch` extra; importing this imports no torch)."""
