"""PyTorch source front end: source text to program to layer graph, without running user code."""
