"""One renderer of findings a file."""
